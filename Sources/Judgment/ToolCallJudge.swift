import Completions
import JSON

/// Judges the arguments of tool calls: JSON that satisfies the `parameters` schema of the tool, whatever checks a route
/// lists. A call that its receiver could not read is no answer.
///
/// - Arguments that are not JSON, or not an object, are `format.json`.
/// - A tool that was not offered, arguments that break its schema, and a schema that cannot be judged (it uses what is
///   not supported, is larger than 64 KiB, or has more than 32 patterns) are `format.json_schema`: what cannot be judged does not pass.
/// - Where nobody knows what was offered (`tools` is nil), arguments need only be a JSON object.
struct ToolCallJudge {
    struct Objection {
        let reason: VerdictReason
        let detail: String

        static func notJSON(_ detail: String) -> Objection { Objection(reason: .format(json), detail: detail) }

        static func breaksSchema(_ detail: String) -> Objection { Objection(reason: .format(schema), detail: detail) }

        static func notAnObject(_ arguments: TextBytes) -> Objection {
            Objection(reason: .format(json), detail: "arguments are an object, found \(quoted(arguments))")
        }
    }

    /// Compiling costs more than judging, and clients choose the schema: a bound on what one request may cost.
    static let largestSchema = 64 * 1024

    private static let json = KnownChecks.names.firstIndex(of: JSONCheck.name) ?? 0
    private static let schema = KnownChecks.names.firstIndex(of: JSONSchemaCheck.name) ?? 0

    /// What the first bad call is to be blamed for; nil if all may pass.
    static func judge(_ calls: [ToolCall], offered tools: [ToolDefinition]?, scratch: JudgingScratch) -> Objection? {
        for call in calls {
            let name = String(decoding: call.name, as: UTF8.self)
            let program: SchemaProgram?
            do throws(SchemaError) {
                program = try self.program(for: call, offered: tools, scratch: scratch)
            } catch {
                return .breaksSchema("\(name): \(error.message)")
            }
            if let objection = judge(call, by: program, scratch: scratch) {
                return Objection(reason: objection.reason, detail: "\(name): \(objection.detail)")
            }
        }
        return nil
    }

    /// Nil where any object will do.
    static func program(
        for call: ToolCall,
        offered tools: [ToolDefinition]?,
        scratch: JudgingScratch
    ) throws(SchemaError) -> SchemaProgram? {
        guard let tools else { return nil }
        guard let tool = tools.first(where: { $0.name == call.name }) else {
            throw SchemaError(location: "#", message: "no such tool was offered")
        }
        guard let parameters = tool.parameters else { return nil }
        guard parameters.count <= largestSchema else {
            throw SchemaError(
                location: "#",
                message: "the schema of its parameters is larger than \(largestSchema) bytes"
            )
        }
        do throws(SchemaError) {
            return try scratch.program(for: parameters)
        } catch {
            throw SchemaError(location: "#", message: "the schema of its parameters cannot be judged: \(error)")
        }
    }

    private static func judge(_ call: ToolCall, by program: SchemaProgram?, scratch: JudgingScratch) -> Objection? {
        call.arguments.withUnsafeBufferPointer { arguments in
            // What is no JSON at all is blamed on that, not on the schema.
            switch JSONCheck().judge(arguments, ending: nil, scratch: scratch) {
            case .pass: break
            case .fail(let detail): return .notJSON(detail)
            case .limit(let detail): return Objection(reason: .formatLimit(json), detail: detail)
            }
            guard arguments.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
                return .notAnObject(arguments)
            }
            guard let program else { return nil }
            switch JSONSchemaCheck(program: program).judge(arguments, ending: nil, scratch: scratch) {
            case .pass: return nil
            case .fail(let detail): return .breaksSchema(detail)
            case .limit(let detail): return Objection(reason: .formatLimit(schema), detail: detail)
            }
        }
    }
}
