import Digest

/// Inputs that a model has seen, to ask of another whether it is one of them or near-identical to one (`Sketch`): such
/// an input says what the model remembers, not what it can.
public struct SeenInputs: Sendable {
    private var digests: Set<Digest32> = []
    private var sketches: [Sketch] = []
    private var byBand: [UInt64: [Int]] = [:]

    public init() {}

    public var isEmpty: Bool { digests.isEmpty }

    public mutating func add(_ input: String) {
        let text = FoldedText(input)
        guard digests.insert(SHA256.digest(of: text.bytes)).inserted else { return }
        let minima = Sketch.Minima(text)
        for band in minima.bands { byBand[band, default: []].append(sketches.count) }
        sketches.append(Sketch(minima))
    }

    public func contains(near input: String) -> Bool {
        let text = FoldedText(input)
        if digests.contains(SHA256.digest(of: text.bytes)) { return true }
        let minima = Sketch.Minima(text)
        let sketch = Sketch(minima)
        return minima.bands.contains { band in byBand[band]?.contains { sketches[$0].isNear(sketch) } ?? false }
    }
}
