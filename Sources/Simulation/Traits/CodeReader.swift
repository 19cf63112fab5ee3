/// Tells the characteristics of a piece of code by the words in it: the simulated large model's understanding.
///
/// Labels are those of `config/code-search/characteristics.json`, in that order. It looks at words, not at meaning, so
/// it is wrong about code that is written to fool it; what matters here is that it is the same every time, and that the
/// schema takes whatever it says.
public struct CodeReader {
    private let code: String
    /// Letters, digits and `_` in a row, in order.
    private let words: [Substring]

    init(_ code: String) {
        self.code = code
        words = code.split { !($0.isLetter || $0.isNumber || $0 == "_") }
    }

    public static func read(_ code: String) -> Characteristics {
        let reader = CodeReader(code)
        let language = reader.language
        let declared = reader.declared
        var traits = Self.traits.filter { reader.holds($0.marks) }.map(\.label)
        if declared.kind == "function" || declared.kind == "method", reader.callsItself(declared.name) {
            traits.append("recursive")
        }
        let effects = ["asynchronous", "concurrent", "blocking", "reads-files", "writes-files", "network"]
        if declared.kind == "function" || declared.kind == "method", !effects.contains(where: traits.contains),
            !reader.holds(["mutating", "inout", "print", "printf", "self.", "global", "static", "echo"])
        {
            traits.append("pure")
        }
        return Characteristics(
            language: language,
            kind: declared.kind,
            traits: Characteristics.labels.filter(traits.contains)
        )
    }

    /// Marks of the code: words, or texts where they hold something else than letters.
    private static let traits: [(label: String, marks: [String])] = [
        ("asynchronous", ["async", "await", "asyncio", "Promise"]),
        (
            "concurrent",
            ["Task", "Mutex", "Thread", "actor", "pthread_create", "threading", "goroutine", "withLock", "lock"]
        ),
        ("blocking", ["sleep", "wait", "join", "recv", "usleep", "epoll_wait", "poll"]),
        ("allocates", ["malloc", "calloc", "realloc", "new", "append", "Array", "Data", "[]", "strdup", "alloc"]),
        ("reads-files", ["fopen", "open", "contentsOf", "contentsOfFile", "read_text", "readFile", "fread"]),
        ("writes-files", ["fwrite", "write_text", "writeFile", "fprintf", "unlink", "rename", "rmtree"]),
        ("network", ["socket", "connect", "accept", "URLSession", "urlopen", "requests", "curl", "http", "listen"]),
        (
            "parses-input",
            ["parse", "parser", "JSON", "json", "split", "decode", "scanf", "strtol", "tokenize", "regex"]
        ),
        ("handles-secrets", ["password", "secret", "apiKey", "api_key", "hmac", "credential", "private_key"]),
        ("deprecated", ["deprecated", "Deprecated"]),
    ]

    private func holds(_ marks: [String]) -> Bool {
        marks.contains { mark in
            mark.allSatisfy { $0.isLetter || $0 == "_" } ? words.contains(Substring(mark)) : code.contains(mark)
        }
    }

    private var language: String {
        if code.hasPrefix("#!") { return code.prefix { $0 != "\n" }.contains("python") ? "python" : "shell" }
        let languages: [(String, [String])] = [
            ("swift", ["func", "guard", "protocol", "extension", "let"]), ("python", ["def", "elif", "self."]),
            ("rust", ["fn", "impl", "mut"]), ("go", [":=", "package"]), ("javascript", ["function", "const", "=>"]),
            ("c", ["#include", "int", "char", "void", "struct", "size_t"]), ("shell", ["fi", "done", "esac"]),
        ]
        let scored = languages.map { language, marks in (language, marks.count { holds([$0]) }) }
        let best = scored.reduce(("text", 0)) { $1.1 > $0.1 ? $1 : $0 }
        return best.0
    }

    /// The first thing that the code declares.
    private var declared: (kind: String, name: Substring) {
        let keywords: [Substring: String] = [
            "func": "function", "def": "function", "fn": "function", "function": "function", "class": "class",
            "actor": "class", "struct": "struct", "enum": "enum", "protocol": "protocol", "interface": "protocol",
        ]
        for (index, word) in words.enumerated().prefix(40) {
            guard let kind = keywords[word], index + 1 < words.count else { continue }
            let name = words[index + 1]
            guard kind == "function" else { return (kind, name) }
            if code.contains("@Test") || name.hasPrefix("test") { return ("test", name) }
            return (code.contains("self.") || words.contains("self") ? "method" : "function", name)
        }
        // C: a name, then a parenthesis, then a brace.
        if let open = code.firstIndex(of: "("), code[open...].contains("{") {
            let name = code[..<open].split { !($0.isLetter || $0.isNumber || $0 == "_") }.last ?? ""
            return (name.hasPrefix("test_") ? "test" : "function", name)
        }
        return ("script", "")
    }

    private func callsItself(_ name: Substring) -> Bool {
        guard !name.isEmpty, let body = code.firstIndex(where: { $0 == "{" || $0 == "\n" }) else { return false }
        var rest = code[body...]
        while let found = rest.firstRange(of: name + "(") {
            let before = rest[..<found.lowerBound].last
            if before.map({ !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }) ?? true { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }
}

/// What is said of a piece of code, and the line that says it.
public struct Characteristics: Sendable, Equatable {
    public static let kinds = ["function", "method", "class", "struct", "enum", "protocol", "test", "script"]
    public static let labels = [
        "recursive", "asynchronous", "concurrent", "blocking", "pure", "allocates", "reads-files", "writes-files",
        "network", "parses-input", "handles-secrets", "deprecated",
    ]

    public var language: String
    public var kind: String
    public var traits: [String]

    public var line: String {
        let list = traits.map { "\"\($0)\"" }.joined(separator: ", ")
        return "{\"language\": \"\(language)\", \"kind\": \"\(kind)\", \"traits\": [\(list)]}"
    }
}
