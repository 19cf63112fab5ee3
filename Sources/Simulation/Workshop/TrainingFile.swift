internal import JSON
internal import Learner

/// A training file's lines, read as the provider reads them: what is wrong is said in its words.
struct TrainingFile {
    enum Format {
        case chat, pairs
    }

    /// Why a job failed: its `error` member.
    struct Refusal: Error, Equatable {
        var code: String
        var message: String
        var param: String? = "training_file"
    }

    var format = Format.pairs
    var lessons: [Lesson] = []

    /// What an upload is refused for: a line that is no JSON object.
    static func checkLines(_ content: [UInt8]) throws(ProviderError) {
        let parser = JSONParser()
        var number = 0
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") }) {
                continue
            }
            if let root = try? parser.parse(Array(line), integers: .any), root.kind == .object { continue }
            let hint = String(decoding: line.prefix(3), as: UTF8.self)
            throw .invalid(
                "Expected file to have JSONL format, where every line is a JSON dictionary. Line \(number) is not a "
                    + "dictionary (HINT: line starts with: \"\(hint)...\")."
            )
        }
        if number == 0 || content.isEmpty { throw .invalid("File is empty.", param: "file") }
    }

    init(_ file: StoredFile, base: String, param: String = "training_file") throws(Refusal) {
        var examples = 0
        for line in file.content.split(separator: UInt8(ascii: "\n")) {
            guard let tree = try? JSONTree.parse(line), let members = tree.object else { continue }
            examples += 1
            let isChat = tree["messages"] != nil
            if !isChat, tree["prompt"] == nil { throw Self.invalid(Self.unexpected, param) }
            if examples == 1 { format = isChat ? .chat : .pairs }
            guard isChat == (format == .chat) else { throw Self.invalid(Self.unexpected, param) }
            if isChat {
                try readChat(tree, members, example: examples, param)
            } else {
                try readPair(tree, members, example: examples, param)
            }
        }
        guard examples >= 10 else {
            let name = param == "training_file" ? "Training" : "Validation"
            throw Refusal(
                code: "invalid_n_examples",
                message: "\(name) file has \(examples) example(s), but must have at least 10 examples",
                param: param
            )
        }
        try checkFormat(file, base, param)
    }

    private static let unexpected =
        "Unexpected file format, expected either prompt/completion pairs or chat messages."

    private static func invalid(_ what: String, _ param: String) -> Refusal {
        let file = param == "training_file" ? "training" : "validation"
        return Refusal(
            code: "invalid_\(param)",
            message: "The job failed due to an invalid \(file) file. Invalid file format. \(what)",
            param: param
        )
    }

    private func checkFormat(_ file: StoredFile, _ base: String, _ param: String) throws(Refusal) {
        if format == .chat, TrainingScript.pairsOnly.contains(base) {
            throw Self.invalid(
                "Input file \(file.id) is in the fine-tune-chat format, but the specified model \(base) does not "
                    + "support chat-formatted data.",
                param
            )
        }
        if format == .pairs, TrainingScript.chatsOnly.contains(base) {
            throw Self.invalid(
                "Input file \(file.id) is in the fine-tune format, but the specified model \(base) is a chat model and "
                    + "requires chat-formatted data.",
                param
            )
        }
    }

    private mutating func readPair(
        _ tree: JSONTree,
        _ members: [JSONTree.Member],
        example: Int,
        _ param: String
    ) throws(Refusal) {
        if let extra = members.first(where: { $0.name != "prompt" && $0.name != "completion" }) {
            throw Self.invalid("Example \(example) contains an extra \"\(extra.name)\".", param)
        }
        guard let prompt = tree["prompt"]?.string else {
            throw Self.invalid("Example \(example) 'prompt' is not a string.", param)
        }
        guard let completion = tree["completion"]?.string, !completion.isEmpty else {
            throw Self.invalid("Example \(example) is missing key \"completion\".", param)
        }
        try Self.checkTokens([prompt, completion], "Example \(example)", param)
        lessons.append(Lesson(input: Array(prompt.utf8), output: Array(completion.utf8)))
    }

    /// Each answer of the assistant is a lesson whose input is what the user said last.
    private mutating func readChat(
        _ tree: JSONTree,
        _ members: [JSONTree.Member],
        example: Int,
        _ param: String
    ) throws(Refusal) {
        let known = ["messages", "tools", "parallel_tool_calls", "functions"]
        if let extra = members.first(where: { !known.contains($0.name) }) {
            throw Self.invalid("Example \(example) contains an extra \"\(extra.name)\".", param)
        }
        guard let messages = tree["messages"]?.array, !messages.isEmpty else {
            throw Self.invalid("Example \(example) has no messages.", param)
        }
        var said = ""
        var answers = 0
        for (index, message) in messages.enumerated() {
            let place = "Example \(example), message \(index + 1)"
            guard let role = message["role"]?.string else {
                throw Self.invalid("\(place) Discriminator 'role' is missing in value", param)
            }
            guard ["system", "developer", "user", "assistant", "tool", "function"].contains(role) else {
                throw Self.invalid("\(place) has an unrecognized role \"\(role)\".", param)
            }
            let keys = ["role", "content", "name", "weight", "tool_calls", "tool_call_id", "function_call", "refusal"]
            if let extra = message.object?.first(where: { !keys.contains($0.name) }) {
                throw Self.invalid("\(place) contains an extra \"\(extra.name)\".", param)
            }
            let content = ProviderRequest.text(of: message["content"])
            try Self.checkTokens([content], "Example \(example) message", param)
            if role == "user" { said = content }
            guard role == "assistant" else { continue }
            if content.isEmpty, message["tool_calls"] == nil, message["function_call"] == nil {
                throw Self.invalid("\(place) has no content.", param)
            }
            answers += 1
            if message["weight"]?.int == 0 || content.isEmpty { continue }
            lessons.append(Lesson(input: Array(said.utf8), output: Array(content.utf8)))
        }
        if answers == 0 { throw Self.invalid("Example \(example) has no message of the assistant.", param) }
    }

    private static func checkTokens(_ texts: [String], _ place: String, _ param: String) throws(Refusal) {
        for text in texts {
            guard let start = text.firstRange(of: "<|"), let end = text[start.upperBound...].firstRange(of: "|>"),
                text[start.upperBound..<end.lowerBound].allSatisfy({ $0.isLetter || $0 == "_" })
            else { continue }
            let token = text[start.lowerBound..<end.upperBound]
            let file = param == "training_file" ? "training" : "validation"
            throw Refusal(
                code: "invalid_\(param)",
                message: "The job failed due to a file format error in the \(file) file. Invalid file format. "
                    + "\(place) contains an invalid token: \(token).",
                param: param
            )
        }
    }
}
