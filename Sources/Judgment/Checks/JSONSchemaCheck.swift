import Completions
import JSON

/// `json_schema: characteristics.json`: the text is JSON that satisfies a schema.
///
/// `json_schema: { file: ..., assert_format: true }`. Draft 2020-12, and draft 7 where `$schema` says so; compiled at
/// load. `format` is an annotation unless `assert_format` makes it an assertion. No member name may be there twice.
struct JSONSchemaCheck: FormatCheck {
    static let name = "json_schema"
    let program: SchemaProgram
    let notes: [CheckNote]

    init(program: SchemaProgram) {
        self.program = program
        notes = []
    }

    init(options: CheckOptions, files: CheckFiles) throws(CheckError) {
        let reader = try OptionReader(options, check: Self.name, keys: ["file", "assert_format"])
        let path = try reader.requiredText("file", "the file of a schema")
        let assertsFormat = try reader.flag("assert_format", default: false)
        let text: [UInt8]
        do {
            text = try files(path)
        } catch {
            throw reader.failure("file", "\(path) cannot be read: \(error)")
        }
        do throws(SchemaError) {
            program = try SchemaCompiler.compile(text, assertsFormat: assertsFormat)
            notes = SchemaSpelling.notes(text, file: path)
        } catch {
            throw CheckError(
                check: Self.name,
                path: ["file"],
                message: "\(error)",
                file: path,
                pointer: error.location
            )
        }
    }

    func begin() -> Run { Run(program: program) }

    struct Run: CheckRun {
        private var reader = JSONReader(refusingDuplicateNames: true)
        private var evaluation: SchemaEvaluation
        private var meter = ByteMeter()

        init(program: SchemaProgram) {
            evaluation = SchemaEvaluation(program)
        }

        mutating func take(_ piece: TextBytes, scratch: JudgingScratch) {
            evaluation.scratch = scratch
            forEachStretch(of: piece) { stretch in
                guard meter.pay(stretch.count, scratch), reader.isViable, !evaluation.isDecided else { return false }
                try? reader.feed(stretch, into: &evaluation)
                return true
            }
            evaluation.scratch = nil
        }

        mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling {
            evaluation.scratch = scratch
            if !evaluation.isDecided { reader.showBeginning(to: &evaluation) }
            evaluation.scratch = nil
            // What was not evaluated to its end says nothing about a prefix.
            if evaluation.limit != nil { return .pass }
            if let failure = evaluation.failure { return .fail(failure) }
            return reader.failure.map { .fail($0.description) } ?? .pass
        }

        mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
            if meter.isEmpty { return .limit("the text is too long to be read within the step budget") }
            evaluation.scratch = scratch
            defer { evaluation.scratch = nil }
            if !evaluation.isDecided {
                do throws(JSONError) {
                    try reader.finish(into: &evaluation)
                } catch {
                    if !evaluation.isDecided { return .fail(error.description) }
                }
            }
            if let failure = evaluation.failure { return .fail(failure) }
            if let limit = evaluation.limit { return .limit(limit) }
            return .pass
        }
    }
}
