/// The checks there are. A new one is a file in `Checks/` and a line here.
public enum KnownChecks {
    static let all: [any FormatCheck.Type] = [
        FinishedCheck.self,
        MaxCharsCheck.self,
        MinCharsCheck.self,
        OneOfCheck.self,
        RegexCheck.self,
        JSONCheck.self,
        JSONSchemaCheck.self,
        GrammarCheck.self,
    ]

    /// The words that a route's `checks` may hold.
    public static let names: [String] = all.map { $0.name }

    /// Builds the check that a configuration names.
    /// - Throws: `CheckError`, for an unknown name or wrong options; its `path` says which option.
    public static func make(
        _ name: String,
        options: CheckOptions,
        files: CheckFiles
    ) throws(CheckError) -> any FormatCheck {
        if let type = all.first(where: { $0.name == name }) {
            return try type.init(options: options, files: files)
        }
        throw CheckError(
            check: name,
            message: "unknown check; there are \(names.joined(separator: ", "))",
            suggestion: nearest(name, in: names)
        )
    }

    /// Position in ``names``, from which the reasons are made.
    static func position(_ check: any FormatCheck) -> Int {
        names.firstIndex(of: type(of: check).name) ?? 0
    }
}
