/// A model as bytes: its lessons, from which the vocabulary is made again, and the weights that are not zero.
extension TokenModel {
    private static let mark = Array("understudy-learner 1\n".utf8)

    public var encoded: [UInt8] {
        var bytes = Self.mark
        bytes.append(UInt64(lessons.count))
        for text in lessons.flatMap({ [$0.input, $0.output] }) {
            bytes.append(UInt64(text.count))
            bytes.append(contentsOf: text)
        }
        bytes.append(UInt64(scorer.headHeat.bitPattern))
        bytes.append(UInt64(scorer.coreHeat.bitPattern))
        let values = scorer.weights.values
        let slots = values.indices.filter { values[$0] != 0 }
        bytes.append(UInt64(slots.count))
        for slot in slots { bytes.append(UInt64(slot) << 32 | UInt64(values[slot].bitPattern)) }
        return bytes
    }

    /// Nil where these are not the bytes of a model of this kind.
    public convenience init?(encoded bytes: [UInt8]) {
        guard bytes.starts(with: Self.mark) else { return nil }
        var rest = bytes[Self.mark.count...]
        var lessons: [Lesson] = []
        guard let count = rest.take(), count <= UInt64(bytes.count) else { return nil }
        for _ in 0..<count {
            guard let input = rest.takeText(), let output = rest.takeText() else { return nil }
            lessons.append(Lesson(input: input, output: output))
        }
        guard let headHeat = rest.take(), let coreHeat = rest.take(), let slots = rest.take(),
            slots <= UInt64(bytes.count)
        else { return nil }
        var values = [Float](repeating: 0, count: 1 << Weights.bits)
        for _ in 0..<slots {
            guard let pair = rest.take(), Int(pair >> 32) < values.count else { return nil }
            values[Int(pair >> 32)] = Float(bitPattern: UInt32(truncatingIfNeeded: pair))
        }
        guard rest.isEmpty else { return nil }
        let vocabulary = Vocabulary(lessons.map(\.output))
        let units = lessons.map { vocabulary.units(Vocabulary.bare($0.output)) }
        var scorer = Scorer(vocabulary, Successors(units, vocabulary), Weights(values: values))
        scorer.headHeat = Float(bitPattern: UInt32(truncatingIfNeeded: headHeat))
        scorer.coreHeat = Float(bitPattern: UInt32(truncatingIfNeeded: coreHeat))
        let frame = Frame(lessons.map(\.input))
        var readings = lessons.map { Reading(frame.inside($0.input)) }
        let (words, grams) = Reading.settle(&readings)
        self.init(lessons, words: words, grams: grams, frame: frame, scorer: scorer)
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { append(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func take() -> UInt64? {
        guard count >= 8 else { return nil }
        let number = prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        removeFirst(8)
        return number
    }

    fileprivate mutating func takeText() -> [UInt8]? {
        guard let length = take(), length <= UInt64(count) else { return nil }
        let text = Array(prefix(Int(length)))
        removeFirst(Int(length))
        return text
    }
}
