import JSON

@testable import Completions

/// Short ways to say requests and answers in tests.
enum Make {
    static func chat(_ body: String) throws -> CompletionRequest {
        try CompletionRequest.read(Array(body.utf8), dialect: .chat, parser: JSONParser())
    }

    static func completions(_ body: String) throws -> CompletionRequest {
        try CompletionRequest.read(Array(body.utf8), dialect: .completions, parser: JSONParser())
    }

    static func answer(_ body: String, _ dialect: Dialect) throws -> CompletionAnswer {
        try CompletionAnswer.read(Array(body.utf8), dialect: dialect, parser: JSONParser())
    }

    /// A chat request with one user message and further members.
    static func chatBody(_ members: String = "") -> String {
        #"{"model":"r","messages":[{"role":"user","content":"hi"}]"# + (members.isEmpty ? "" : ",\(members)") + "}"
    }

    static func completionsBody(_ members: String = "") -> String {
        #"{"model":"r","prompt":"hi""# + (members.isEmpty ? "" : ",\(members)") + "}"
    }

    static func parameters(_ pairs: KeyValuePairs<String, String>) -> [RouteParameter] {
        pairs.map { RouteParameter(name: $0.key, value: Array($0.value.utf8)) }
    }
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

func tree(_ bytes: some Collection<UInt8>) throws -> JSONTree { try JSONTree.parse(bytes) }
func tree(_ text: String) throws -> JSONTree { try JSONTree.parse(Array(text.utf8)) }

/// A seeded generator, so that what a fuzz test finds is found again.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    /// SplitMix64 (Steele, Lea, Flood 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
