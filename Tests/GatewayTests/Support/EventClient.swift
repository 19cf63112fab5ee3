import JSON

/// An answer that came as an event stream, as far as it was read.
struct EventAnswer {
    var head = Answer()
    /// The data of each event, without `[DONE]`.
    var events: [String] = []
    /// The lines that begin with a colon, without it.
    var comments: [String] = []
    /// `[DONE]` was read.
    var isDone = false
    /// The body had its proper end.
    var isWhole = false

    /// Events as JSON.
    var chunks: [JSONTree] { events.map { (try? JSONTree.parse(Array($0.utf8))) ?? .null } }

    /// The choices of one index, one for each event that had it.
    private func choices(_ index: Int) -> [JSONTree] {
        chunks.compactMap { $0["choices"]?.array?.first { $0["index"]?.int == index } }
    }

    /// The text of a choice, in either dialect.
    func says(_ index: Int = 0) -> String {
        choices(index).map { $0["delta"]?["content"]?.string ?? $0["text"]?.string ?? "" }.joined()
    }

    /// The last finish reason of a choice.
    func finishReason(_ index: Int = 0) -> String? {
        choices(index).compactMap { $0["finish_reason"]?.string }.last
    }

    var error: JSONTree? { chunks.compactMap { $0["error"] }.last }

    /// What `: understudy {json}` said.
    var note: JSONTree? {
        comments.first { $0.hasPrefix(" understudy ") }
            .flatMap { try? JSONTree.parse(Array($0.dropFirst(" understudy ".count).utf8)) }
    }
}

/// Reads one event stream, blocking, as far as it is told to.
final class EventClient {
    let client: Client
    private(set) var answer = EventAnswer()
    private var body: [UInt8] = []
    private var isEnded = false

    init(_ client: Client) { self.client = client }

    /// The head; a body with a length is read whole.
    func readHead() throws -> Answer {
        answer.head = try client.read()
        if answer.head["transfer-encoding"] == nil {
            body = answer.head.body
            isEnded = true
            answer.isWhole = true
        }
        take()
        return answer.head
    }

    /// Reads until so many events are there.
    func read(events count: Int) throws {
        while answer.events.count < count { try more() }
    }

    func read(comments count: Int) throws {
        while answer.comments.count < count { try more() }
    }

    /// Everything, to the end of the body or of the connection.
    func readAll() throws -> EventAnswer {
        while !isEnded {
            do { try more() } catch { isEnded = true }
        }
        return answer
    }

    private func more() throws {
        guard !isEnded else {
            throw Unable("the stream ended after \(answer.events.count) events, the last: \(answer.events.last ?? "")")
        }
        let chunk = try client.readChunk()
        if chunk.isEmpty {
            isEnded = true
            answer.isWhole = true
        }
        body += chunk
        take()
    }

    private func take() {
        let end = Array("\n\n".utf8)
        while let range = body.firstRange(of: end) {
            let event = String(decoding: body[..<range.lowerBound], as: UTF8.self)
            body.removeSubrange(..<range.upperBound)
            for line in event.split(separator: "\n") {
                if line.hasPrefix(":") {
                    answer.comments.append(String(line.dropFirst()))
                } else if line == "data: [DONE]" {
                    answer.isDone = true
                } else if line.hasPrefix("data: ") {
                    answer.events.append(String(line.dropFirst(6)))
                }
            }
        }
    }
}

extension RunningGateway {
    /// Asks for a stream; the answer is read by whoever gets it.
    func stream(_ path: String, _ body: String, _ headers: [String: String] = [:]) throws -> EventClient {
        let client = try client()
        try client.send("POST", path, Array(body.utf8), headers)
        return EventClient(client)
    }

    func streamChat(
        _ text: String,
        route: String = "main",
        _ extra: String = "",
        headers: [String: String] = [:]
    ) throws -> EventClient {
        let more = extra.isEmpty ? "" : ",\(extra)"
        return try stream("/v1/chat/completions", chatBody(text, route: route, #""stream":true\#(more)"#), headers)
    }

    func streamCompletion(_ text: String, route: String = "main", _ extra: String = "") throws -> EventClient {
        let more = extra.isEmpty ? "" : ",\(extra)"
        return try stream("/v1/completions", completionBody(text, route: route, #""stream":true\#(more)"#))
    }

    /// The whole answer to a chat as a stream.
    func streamedChat(_ text: String, route: String = "main", _ extra: String = "") throws -> EventAnswer {
        let reader = try streamChat(text, route: route, extra)
        _ = try reader.readHead()
        return try reader.readAll()
    }

    func streamedCompletion(_ text: String, route: String = "main", _ extra: String = "") throws -> EventAnswer {
        let reader = try streamCompletion(text, route: route, extra)
        _ = try reader.readHead()
        return try reader.readAll()
    }
}
