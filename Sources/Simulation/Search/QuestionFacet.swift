/// What a question may say of a thing beside its kind. One of a theme, and no theme twice.
enum Facet: CaseIterable {
    case recursive, notRecursive, language, notLanguage, untested, tested, testsCompared, possessive, author, notAuthor
    case folder, notFolder, file, name, notName, calls, notCalls, complexity, lines, duration, changed, unchanged

    enum Theme { case recursion, language, tests, author, path, name, calls, complexity, lines, duration, changed }

    var theme: Theme {
        switch self {
        case .recursive, .notRecursive: .recursion
        case .language, .notLanguage: .language
        case .untested, .tested, .testsCompared: .tests
        case .possessive, .author, .notAuthor: .author
        case .folder, .notFolder, .file: .path
        case .name, .notName: .name
        case .calls, .notCalls: .calls
        case .complexity: .complexity
        case .lines: .lines
        case .duration: .duration
        case .changed, .unchanged: .changed
        }
    }

    var weight: Double {
        switch self {
        case .folder, .language, .calls, .name, .recursive: 3
        case .changed, .untested, .complexity, .lines, .duration, .author: 2
        case .notFolder, .possessive, .file, .testsCompared: 1
        case .notRecursive, .notLanguage, .tested, .notAuthor, .notName, .notCalls, .unchanged: 0.6
        }
    }

    /// Whether people ask such a thing: types and files do not call themselves, files are not in a file.
    func suits(_ kind: String?) -> Bool {
        switch theme {
        case .recursion: kind == "function" || kind == "method"
        case .calls, .duration: kind == "function" || kind == "method" || kind == "test"
        case .tests: kind != "test" && kind != nil
        case .path: self != .file || kind != "file"
        default: true
        }
    }
}
