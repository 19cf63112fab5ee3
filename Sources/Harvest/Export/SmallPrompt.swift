public import Completions
public import JSON

/// How a route asks its small model, to phrase a request again: a candidate may be older than the template in force,
/// and what was generated or imported was never asked.
public struct SmallPrompt: Sendable {
    private let target: UpstreamTarget
    /// The first stop sequence that the route sets, which completions end with; nil: it sets none.
    public let stop: String?

    public init(_ target: UpstreamTarget) {
        self.target = target
        let stop = target.parameters.last { $0.name == "stop" }.flatMap { try? JSONTree.parse($0.value) }
        self.stop = stop?.string ?? stop?[0]?.string
    }

    /// The prompt for the request as small would be sent it now: a text, or messages. Nil where it cannot be phrased.
    public func phrase(_ candidate: Candidate) -> JSONTree? { phrase(candidate.request, candidate.dialect) }

    /// What a text was made of that was phrased by this prompt; nil where it was not, or that cannot be told.
    func input(of text: String) -> String? {
        let probe = "\u{1}input\u{2}"
        let request = JSONTree.object([
            .init(name: "model", value: .string("route")), .init(name: "prompt", value: .string(probe)),
        ])
        guard let phrased = phrase(request.encode(), .completions)?.string, let place = phrased.firstRange(of: probe)
        else { return nil }
        let (before, after) = (phrased[..<place.lowerBound], phrased[place.upperBound...])
        guard text.count > before.count + after.count, text.hasPrefix(before), text.hasSuffix(after) else { return nil }
        return String(text.dropFirst(before.count).dropLast(after.count))
    }

    private func phrase(_ body: [UInt8], _ dialect: Dialect) -> JSONTree? {
        guard let request = try? CompletionRequest.read(body, dialect: dialect, parser: JSONParser()),
            let sent = try? request.encode(for: target), let members = RawMembers(sent[...])
        else { return nil }
        let prompt = target.dialect == .chat ? members["messages"] : members["prompt"]
        return prompt.flatMap { try? JSONTree.parse($0) }
    }
}
