import Completions

/// What has been seen of a call's arguments while they arrive: JSON, an object, and what the tool's schema says.
///
/// Which tool is called is known when the call's name can become no other offered one: a name that grows beyond that is
/// no tool, which fails as well. So whatever is refuted here fails whole.
struct CallWatch {
    private(set) var taken = 0
    private var run = JSONCheck().begin()
    private var isObject = false
    private var tool = Tool.unknown

    private enum Tool {
        case unknown
        /// Any object will do.
        case free
        case bound(JSONSchemaCheck.Run)
    }

    /// - Parameter tools: that were offered; nil if nobody knows.
    mutating func take(
        _ call: ToolCall,
        _ tools: [ToolDefinition]?,
        _ scratch: JudgingScratch
    ) -> ToolCallJudge.Objection? {
        call.arguments.withUnsafeBufferPointer { whole in
            let piece = TextBytes(rebasing: whole[taken...])
            taken = whole.count
            run.take(piece, scratch: scratch)
            if case .fail(let detail) = run.viability(whole, scratch: scratch) { return .notJSON(detail) }
            if !isObject, let first = piece.first(where: { $0 > 0x20 }) {
                guard first == UInt8(ascii: "{") else { return .notAnObject(whole) }
                isObject = true
            }
            var unread = piece
            if case .unknown = tool {
                if let objection = find(call, tools, scratch) { return objection }
                unread = whole
            }
            guard case .bound(var schema) = tool else { return nil }
            // Out of the enumeration, so that the run is changed where it lies.
            tool = .free
            defer { tool = .bound(schema) }
            schema.take(unread, scratch: scratch)
            guard case .fail(let detail) = schema.viability(whole, scratch: scratch) else { return nil }
            return .breaksSchema(detail)
        }
    }

    private mutating func find(
        _ call: ToolCall,
        _ tools: [ToolDefinition]?,
        _ scratch: JudgingScratch
    ) -> ToolCallJudge.Objection? {
        if let tools {
            let possible = tools.filter { $0.name.starts(with: call.name) }
            guard possible.allSatisfy({ $0.name.count == call.name.count }) else { return nil }
        }
        do throws(SchemaError) {
            let program = try ToolCallJudge.program(for: call, offered: tools, scratch: scratch)
            tool = program.map { .bound(JSONSchemaCheck(program: $0).begin()) } ?? .free
            return nil
        } catch {
            return .breaksSchema(error.message)
        }
    }
}
