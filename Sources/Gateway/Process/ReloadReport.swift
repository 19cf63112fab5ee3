public import Harvest
import JSON
public import Settings

/// What a reload did, as `POST /admin/v1/reload` answers and `GET /admin/v1/config` remembers.
public struct ReloadReport: Sendable {
    /// Of the settings in force, new or old.
    public let version: String
    public let at: WallTime
    public let changed: [String]
    public let restartNeeded: [String]
    public let problems: [SettingsProblem]

    public var isDone: Bool { problems.isEmpty }

    init(
        version: String,
        changed: [String] = [],
        restartNeeded: [String] = [],
        problems: [SettingsProblem] = []
    ) {
        self.version = version
        at = .now()
        self.changed = changed
        self.restartNeeded = restartNeeded
        self.problems = problems
    }

    /// Something that no line of the file is to blame for: a certificate that does not fit its key.
    init(version: String, failure: String, file: String) {
        let problem = SettingsProblem(file: file, line: 1, column: 1, key: "", message: failure)
        self.init(version: version, problems: [problem])
    }

    func encode(extra: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.name("version")
        writer.string(version)
        writer.name("changed")
        writer.strings(changed)
        writer.name("restart_needed")
        writer.strings(restartNeeded)
        writer.name("errors")
        writer.beginArray()
        for problem in problems { Self.write(problem, to: &writer) }
        writer.endArray()
        extra(&writer)
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ problem: SettingsProblem, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("file")
        writer.string(problem.file)
        writer.name("line")
        writer.number(problem.line)
        writer.name("column")
        writer.number(problem.column)
        writer.name("key")
        writer.string(problem.key)
        writer.name("message")
        writer.string(problem.suggestion.map { "\(problem.message) (\($0))" } ?? problem.message)
        writer.endObject()
    }
}

extension JSONWriter {
    mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
