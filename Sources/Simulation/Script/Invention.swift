import JSON

/// What a large model does when it is asked to make up topics, or inputs about one: `understudy generate` asks so.
///
///     Task: list 24 topics ...        a JSON array of so many texts
///     Task: write 20 requests ...     the same; which ones, the words of the task decide
struct Invention {
    private let count: Int
    private let isTopics: Bool
    private let seed: UInt64

    /// Nil where the input asks for something else.
    init?(_ input: String) {
        guard let topics = Self.count(in: input, after: "\nTask: list ") else {
            guard let inputs = Self.count(in: input, after: "\nTask: write ") else { return nil }
            (count, isTopics) = (inputs, false)
            seed = fingerprint(input.utf8, seed: 0)
            return
        }
        (count, isTopics) = (topics, true)
        seed = fingerprint(input.utf8, seed: 0)
    }

    private static func count(in input: String, after opening: String) -> Int? {
        guard let place = input.firstRange(of: opening) else { return nil }
        return Int(input[place.upperBound...].prefix { $0.isNumber }).map { min($0, 1000) }
    }

    func answer(for job: Job) -> String {
        let texts =
            switch (isTopics, job) {
            case (true, _): topics
            case (false, .search): QuestionGenerator.questions(count, seed: seed).map(\.text)
            case (false, .traits): code
            }
        return String(decoding: JSONTree.array(texts.map { .string($0) }).encode(), as: UTF8.self)
    }

    private var topics: [String] {
        let things = ["slow code", "recursion", "tests", "complexity", "authors", "recent changes", "folders", "names"]
        let sides = ["in one language", "in a hurry", "with a limit", "of a colleague", "before a release"]
        return (0..<count).map { index in
            "\(things[index % things.count]) \(sides[index / things.count % sides.count]), number \(seed % 1000 + UInt64(index))"
        }
    }

    private var code: [String] {
        var random = SplitMix(seed: seed)
        return (0..<count).map { index in
            let name = Self.names[Int.random(in: Self.names.indices, using: &random)] + "\(index)"
            return Self.codes[Int.random(in: Self.codes.indices, using: &random)].replacing("NAME", with: name)
        }
    }

    private static let names = ["load", "save", "total", "fetch", "walk", "merge", "parse", "clean"]
    private static let codes = [
        "func NAME(_ list: [Int]) -> Int { list.isEmpty ? 0 : list[0] + NAME(Array(list.dropFirst())) }",
        "func NAME() async throws -> Data { try await URLSession.shared.data(from: url).0 }",
        "def NAME(path):\n    with open(path) as file:\n        return file.read()",
        "class NAME:\n    def __init__(self):\n        self.items = []",
        "fn NAME(a: u32, b: u32) -> u32 { a + b }",
        "struct NAME { let id: Int }",
    ]
}
