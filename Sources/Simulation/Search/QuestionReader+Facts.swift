/// What a thing is: its kind, language, place, name, author, and what it calls.
extension QuestionReader {
    private static let kinds: [String: (kind: String, plural: Bool)] = [
        "function": ("function", false), "functions": ("function", true), "func": ("function", false),
        "funcs": ("function", true), "routine": ("function", false), "routines": ("function", true),
        "method": ("method", false), "methods": ("method", true), "class": ("class", false),
        "classes": ("class", true), "struct": ("struct", false), "structs": ("struct", true),
        "structure": ("struct", false), "structures": ("struct", true), "enum": ("enum", false),
        "enums": ("enum", true), "enumeration": ("enum", false), "enumerations": ("enum", true),
        "protocol": ("protocol", false), "protocols": ("protocol", true), "interface": ("protocol", false),
        "interfaces": ("protocol", true), "file": ("file", false), "files": ("file", true), "test": ("test", false),
        "tests": ("test", true),
    ]

    private static let languages: [String: String] = [
        "swift": "swift", "python": "python", "c": "c", "c++": "c++", "cpp": "c++", "rust": "rust", "go": "go",
        "golang": "go", "java": "java", "kotlin": "kotlin", "javascript": "javascript", "js": "javascript",
        "typescript": "typescript", "ts": "typescript", "ruby": "ruby", "php": "php", "shell": "shell", "bash": "shell",
        "sql": "sql", "haskell": "haskell",
    ]

    mutating func readKind() -> Bool {
        guard let word = words.current, !word.quoted else { return false }
        let bare = word.lower.hasSuffix("'") ? String(word.lower.dropLast()) : word.lower
        guard let (kind, plural) = Self.kinds[bare] else { return false }
        words.advance()
        add(.kind, .equal, kind)
        if superlative, !plural, query.limit == nil { query.limit = 1 }
        return true
    }

    mutating func readLanguage() -> Bool {
        let start = words.position
        _ = words.take("written|implemented? in")
        if let word = words.current, !word.quoted, let language = Self.languages[word.lower] {
            words.advance()
            add(.language, .equal, language)
            return true
        }
        return rewind(to: start)
    }

    mutating func readRecursion() -> Bool {
        if words.take("recursive|recursively|recursion|self-recursive")
            || words.take("call|calls|calling themselves|itself")
        {
            query.add(.recursive, .equal, negate ? "false" : "true")
            return true
        }
        if words.take("non-recursive|nonrecursive|iterative") {
            query.add(.recursive, .equal, "false")
            return true
        }
        return false
    }

    mutating func readTests() -> Bool {
        if words.take("untested") {
            query.add(.tests, .equal, "0")
            return true
        }
        if words.take("with|having unit|automated? tests|test|coverage")
            || words.take("tested|covered by tests|test") || words.take("tested|covered")
        {
            query.add(.tests, .over, "0")
            return true
        }
        return false
    }

    mutating func readCalls() -> Bool {
        guard words.take("call|calls|calling|invoke|invokes|invoking|use|uses|using") else { return false }
        guard let name = words.takeName() else { return false }
        add(.calls, .equal, name.hasSuffix("()") ? String(name.dropLast(2)) : name)
        return true
    }

    mutating func readName() -> Bool {
        if words.take("name|names|named start|starts|starting|begin|begins|beginning with")
            || words.take("start|starts|starting|begin|begins|beginning with") || words.take("prefixed with|by")
        {
            return addName { $0 + "*" }
        }
        if words.take("name|names|named end|ends|ending with|in") || words.take("end|ends|ending with|in") {
            return addName { "*" + $0 }
        }
        if words.take("name|names|named contain|contains|containing") || words.take("contain|contains|containing")
            || words.take("mention|mentions|mentioning|about|like")
        {
            return addName { "*" + $0 + "*" }
        }
        if words.take("named|called|name") { return addName { $0 } }
        return false
    }

    private mutating func addName(_ pattern: (String) -> String) -> Bool {
        guard let name = words.takeName() else { return false }
        add(.name, .equal, pattern(name))
        return true
    }

    /// "in Sources/Loop", "under the deploy folder", "in folder deploy", "in Loop.swift".
    mutating func readPath() -> Bool {
        let start = words.position
        _ = words.take("in|under|inside|within|from|below|outside|at")
        if words.take("folder|directory|dir|module|package"), let name = words.takeName() {
            add(.path, .equal, Self.folder(name))
            return true
        }
        if let word = words.current {
            if let next = words.peek(1), !next.quoted,
                ["folder", "directory", "dir", "module", "package"].contains(next.lower)
            {
                words.advance(2)
                add(.path, .equal, Self.folder(word.text))
                return true
            }
            if word.text.contains("/") {
                words.advance()
                add(.path, .equal, Self.folder(word.text))
                return true
            }
            if let dot = word.text.lastIndex(of: "."), dot != word.text.startIndex, word.text[dot...].count <= 6,
                word.text[dot...].dropFirst().allSatisfy(\.isLetter), word.text[dot...].count > 1
            {
                words.advance()
                add(.path, .equal, word.text.hasPrefix("*") ? word.text : "*" + word.text)
                return true
            }
        }
        return rewind(to: start)
    }

    /// A folder means everything below it; a path that ends in a file or a pattern is taken as it is.
    private static func folder(_ path: String) -> String {
        let last = path.split(separator: "/").last ?? ""
        if last.contains("*") || last.contains(".") { return path }
        return path.hasSuffix("/") ? path + "*" : path + "/*"
    }

    mutating func readAuthor() -> Bool {
        if words.take("i wrote|authored|made") || words.take("by me|myself")
            || words.take("written|authored|made by me|myself")
        {
            add(.author, .equal, "me")
            return true
        }
        if words.take("written|authored|made|committed|last|changed? by") || words.take("by|author") {
            guard let name = words.takeName() else { return false }
            add(.author, .equal, name.lowercased())
            return true
        }
        if let word = words.current, !word.quoted, word.lower.hasSuffix("'s"), word.lower.count > 2 {
            words.advance()
            add(.author, .equal, String(word.lower.dropLast(2)))
            return true
        }
        return false
    }
}
