/// Collects what is wrong while a file is read. One reading, one thread.
final class ProblemList {
    private(set) var problems: [SettingsProblem] = []
    private(set) var notes: [SettingsProblem] = []
    private var seen: Set<SettingsProblem> = []
    /// Where a value could not even be made up: what else is wrong with it follows from that.
    private var broken: Set<Place> = []

    /// The value at `place` is not known, so nothing more is said about it.
    func addBroken(_ place: Place, key: String, _ message: String) {
        broken.remove(place)
        add(place, key: key, message)
        broken.insert(place)
    }

    /// Once is enough: a part that several routes share through `defaults` or an anchor is wrong once.
    func add(_ place: Place, key: String, _ message: String, suggestion: String? = nil) {
        guard !broken.contains(place) else { return }
        let problem = SettingsProblem(
            file: place.file,
            line: place.line,
            column: place.column,
            key: key,
            message: message,
            suggestion: suggestion
        )
        if seen.insert(problem).inserted { problems.append(problem) }
    }

    /// Something that works and is probably not meant.
    func note(_ place: Place, key: String, _ message: String) {
        let note = SettingsProblem(file: place.file, line: place.line, column: place.column, key: key, message: message)
        if seen.insert(note).inserted { notes.append(note) }
    }

    /// Those in `main` first, then by file in the order of their first problem; each file's by place.
    func sorted(main: String) -> [SettingsProblem] {
        let files = problems.reduce(into: [main]) { if !$0.contains($1.file) { $0.append($1.file) } }
        return files.flatMap { file in
            problems.filter { $0.file == file }.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        }
    }
}

@available(*, unavailable)
extension ProblemList: Sendable {}
