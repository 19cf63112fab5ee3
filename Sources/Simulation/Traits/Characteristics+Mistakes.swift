/// What a model that half knows the labels makes of a piece of code.
extension Characteristics {
    var mistakes: Student.Mistakes {
        Student.Mistakes(wrong: wrongReadings.map(\.line), unreadable: otherNotations)
    }

    /// The readings that miss a label, see one that is not there, or take one kind for another.
    private var wrongReadings: [Characteristics] {
        var readings: [Characteristics] = []
        for label in ["pure", "allocates", "blocking", "parses-input"] {
            let flipped = Self.labels.filter { traits.contains($0) != ($0 == label) }
            readings.append(Characteristics(language: language, kind: kind, traits: flipped))
        }
        readings.append(
            Characteristics(language: language, kind: kind == "method" ? "function" : "method", traits: traits)
        )
        return readings
    }

    private var otherNotations: [String] {
        [
            "This is a \(language) \(kind).",
            "\(language), \(kind): \(traits.joined(separator: ", "))",
            String(line.dropLast()),
            Characteristics(language: language, kind: kind, traits: traits + ["fast"]).line,
            Characteristics(language: language, kind: "subroutine", traits: traits).line,
        ]
    }
}
