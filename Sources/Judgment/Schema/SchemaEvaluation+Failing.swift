/// Whom a failure concerns, and the words for it.
extension SchemaEvaluation {
    /// An evaluation fails, and with it whoever cannot hold without it.
    /// - Parameter words: what was expected and what was found; put together only if the text is refuted.
    mutating func fail(_ index: Int, _ keyword: StaticString, at offset: Int? = nil, _ words: () -> String) {
        var failed = index
        var keyword = keyword
        var isOwn = true
        while true {
            guard evaluations[failed].state == .open else { return }
            evaluations[failed].state = .failed
            let parent = evaluations[failed].parent
            switch evaluations[failed].role {
            case .root:
                failure = describe(keyword, at: offset, isOwn ? words() : "no alternative holds")
                return
            case .conjunct, .member, .name: break
            case .anyOf:
                evaluations[parent].anyOfLeft -= 1
                if evaluations[parent].anyOfLeft > 0 { return moot(below: failed) }
                keyword = "anyOf"
                isOwn = false
            case .dependent:
                let watch = evaluations[failed].position
                evaluations[parent].dependentFailed.insert(watch)
                if !evaluations[parent].watched.contains(watch) { return moot(below: failed) }
            case .oneOf, .not, .if, .then, .else, .contains, .unevaluated:
                return moot(below: failed)
            }
            failed = parent
        }
    }

    /// Takes everything that was begun for a failed evaluation out of the running. Children come after their parents.
    private mutating func moot(below failed: Int) {
        for index in (failed + 1)..<max(failed + 1, evaluations.count) {
            let parent = evaluations[index].parent
            if parent >= failed, evaluations[parent].state != .open, evaluations[index].state == .open {
                evaluations[index].state = .moot
            }
        }
    }

    // MARK: Words

    private func describe(_ keyword: StaticString, at offset: Int?, _ words: String) -> String {
        let place = instancePath()
        let position = offset ?? levels.last?.offset ?? 0
        return "\(place.isEmpty ? "the value" : place) at byte \(position): \(keyword): \(words)"
    }

    /// The JSON pointer to the innermost open value.
    private func instancePath() -> String {
        var text = ""
        for (index, level) in levels.enumerated().dropLast() {
            switch level.kind {
            case .array: text += "/\(max(0, level.count - 1))"
            case .object:
                let end = levels[index + 1].firstPathByte
                let name = quotedName(path[level.firstPathByte..<end])
                text += "/" + name
            default: break
            }
        }
        return text
    }

    private func quotedName(_ name: ArraySlice<UInt8>) -> String {
        let shown = quoted(name).dropFirst().dropLast()
        return shown.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
    }
}
