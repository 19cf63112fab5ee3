/// One thing that is wrong in a settings file, and where.
///
/// Printed as `file:line:column: key: message (did you mean 'x'?)`. Never holds a value that came from the
/// environment: messages quote what the file says, `${NAME}` included.
public struct SettingsProblem: Error, Sendable, Hashable {
    /// As given on the command line, or as the file that names it would: a template's own path for a template error.
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int
    /// Dotted, with positions in lists: `routes.code-search.checks[2].regex`. Empty: the whole file.
    public let key: String
    public let message: String
    /// What was probably meant.
    public let suggestion: String?

    public init(file: String, line: Int, column: Int, key: String, message: String, suggestion: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.suggestion = suggestion
    }
}

extension SettingsProblem: CustomStringConvertible {
    public var description: String {
        let place = "\(file):\(line):\(column): "
        let subject = key.isEmpty ? "" : "\(key): "
        let hint = suggestion.map { " (did you mean '\($0)'?)" } ?? ""
        return place + subject + message + hint
    }
}

/// Everything that is wrong with the settings, in the order of the file. A caller prints all of it and exits 2, or
/// answers a reload with 422.
public struct SettingsErrors: Error, Sendable, Hashable, CustomStringConvertible {
    public let problems: [SettingsProblem]

    public init(problems: [SettingsProblem]) {
        self.problems = problems
    }

    /// One line a problem.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
