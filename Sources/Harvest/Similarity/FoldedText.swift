/// An input as it is compared: lower case, each run of white space one blank, no white space around it and no
/// punctuation of a sentence's end. Everything else stays: `C`, `C++` and `C#` are three things to search for.
struct FoldedText: Equatable {
    let scalars: [UInt32]

    init(_ text: String) {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.utf8.count)
        for scalar in text.lowercased().unicodeScalars {
            if Self.isBlank(scalar) {
                if let last = scalars.last, last != 0x20 { scalars.append(0x20) }
            } else {
                scalars.append(scalar.value)
            }
        }
        // A text of nothing else stays what it is.
        let end = scalars.lastIndex { !Self.ends.contains($0) } ?? scalars.endIndex - 1
        scalars.removeSubrange((end + 1)...)
        self.scalars = scalars
    }

    /// Its UTF-8, for a digest.
    var bytes: [UInt8] {
        var text = String.UnicodeScalarView()
        for scalar in scalars { text.append(Unicode.Scalar(scalar) ?? "\u{fffd}") }
        return Array(String(text).utf8)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x80
            ? scalar == " " || (0x09...0x0d).contains(scalar.value) : scalar.properties.isWhitespace
    }

    /// Blank, full stops, question and exclamation marks of the scripts that have them.
    private static let ends: Set<UInt32> = Set(" .?!…。？！؟।".unicodeScalars.map(\.value))
}
