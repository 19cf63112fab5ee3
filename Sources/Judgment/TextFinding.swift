import Completions

/// What one check says about a text that a person has written, and where the text goes wrong.
public struct TextFinding: Sendable, Equatable {
    /// The check's word in the configuration.
    public let name: String
    public let ruling: Ruling
    /// Of the byte that spoiled it: no text that begins with what stands up to and with it can pass. The count of all
    /// bytes where something is missing at the end. Nil where it passes, or the check gave up at a limit.
    public let offset: Int?

    public var passes: Bool { ruling == .pass }
}

extension Judge {
    /// Every check by itself, as if the text were a finished answer (`stop`). For people who wait for a reply while
    /// they type, not for the request path: each check has a step budget of its own, and finding the place takes some
    /// more.
    public func findings(in text: [UInt8]) -> [TextFinding] {
        text.withUnsafeBufferPointer { text in checks.map { $0.finding(in: text) } }
    }
}

extension FormatCheck {
    fileprivate func finding(in text: TextBytes) -> TextFinding {
        let ruling = judge(text, ending: .stop, scratch: JudgingScratch())
        var offset: Int?
        if case .fail = ruling { offset = refutedPrefix(of: text).map { $0 - 1 } ?? text.count }
        return TextFinding(name: Self.name, ruling: ruling, offset: offset)
    }

    /// The length of the shortest prefix that no text can begin with and pass; nil where there is none.
    ///
    /// A check is incremental, and once it has refuted a prefix it refutes every longer one: so the place is found by
    /// halves, whatever kind of check it is.
    private func refutedPrefix(of text: TextBytes) -> Int? {
        guard refutes(text) else { return nil }
        var viable = 0
        var refuted = text.count
        while refuted - viable > 1 {
            let middle = (viable + refuted) / 2
            if refutes(TextBytes(rebasing: text[..<middle])) { refuted = middle } else { viable = middle }
        }
        return refuted
    }

    private func refutes(_ prefix: TextBytes) -> Bool {
        var run = begin()
        let scratch = JudgingScratch()
        run.take(prefix, scratch: scratch)
        if case .fail = run.viability(prefix, scratch: scratch) { return true }
        return false
    }
}
