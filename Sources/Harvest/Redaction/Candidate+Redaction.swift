// A candidate without what its route says must not be kept: every text of it goes through the rules.
//
//     request                     a document; metadata and prompts are parts of one, at the same paths
//     choices of small and large  texts that may be documents; token log-probabilities spell the answer out once more,
//                                 so where something was taken out of an answer they go altogether
//     detail                      quotes small's answer, and may cut a quote short: gone where the answer was redacted
//
// Kept as they are: ids, the names of models and routes, usage, and the cache key, which is a digest.

import JSON
public import Judgment

extension Candidate {
    /// Takes out of it what the rules name. Where there is nothing to take out, not a byte changes.
    /// - Throws: where a limit was reached; then it must not be kept.
    public mutating func redact(by redactor: Redactor) throws(RedactionFailure) {
        let work = Redaction(redactor)
        var texts = try CandidateTexts(self)
        try texts.change(\.documents) { value throws(RedactionFailure) in try work.follow(value) }
        try texts.change(\.answers) { value throws(RedactionFailure) in try work.followTexts(of: value) }
        try texts.change(\.documents) { value throws(RedactionFailure) in try work.redact(value) }
        try texts.change(\.answers) { value throws(RedactionFailure) in
            .array(
                try (value.array ?? []).map { choice throws(RedactionFailure) in
                    try Self.redact(choice, work)
                }
            )
        }
        let (smallBefore, largeBefore) = (small, large)
        texts.write(to: &self)
        detail = try detail.map { text throws(RedactionFailure) in
            small == smallBefore ? try work.redact(text: text) : Redactor.marker
        }
        completion = try completion.map { text throws(RedactionFailure) in try work.redact(text: text) }
        stop = try stop.map { text throws(RedactionFailure) in try work.redact(text: text) }
        // A pattern that reaches across the members of a JSON answer leaves no JSON: nobody should learn from that.
        if let largeBefore, let large, large != largeBefore, Self.isJSON(largeBefore), !Self.isJSON(large) {
            untrainable = untrainable ?? "redaction"
        }
    }

    fileprivate static func redact(_ choice: JSONTree, _ work: Redaction) throws(RedactionFailure) -> JSONTree {
        guard var members = choice.object else { return try work.redact(choice) }
        let spelt = members.firstIndex { $0.name == "logprobs" }
        let logprobs = spelt.map { members[$0].value } ?? .null
        if let spelt { members[spelt].value = .null }
        let plain = JSONTree.object(members)
        let redacted = try work.redact(plain)
        guard let spelt, case .object(var kept) = redacted, redacted == plain, try work.redact(logprobs) == logprobs
        else { return redacted }
        kept[spelt].value = logprobs
        return .object(kept)
    }

    private static func isJSON(_ answer: Answer) -> Bool {
        guard let text = ChosenAnswer(answer)?.text else { return false }
        return (try? JSONTree.parse(text.utf8)) != nil
    }
}

extension Redactor {
    /// A provider's answer, whole, without what the rules name; where there is nothing to take out, as it came. Its
    /// choices are treated as a candidate's are.
    public func redact(answer body: [UInt8]) throws(RedactionFailure) -> [UInt8] {
        guard var answer = try? JSONTree.parse(body), case .object(var members) = answer,
            let index = members.firstIndex(where: { $0.name == "choices" })
        else { throw .unreadable("the answer") }
        let work = Redaction(self)
        let choices = try work.followTexts(of: members[index].value)
        members[index].value = .array(
            try (choices.array ?? []).map { choice throws(RedactionFailure) in try Candidate.redact(choice, work) }
        )
        if .object(members) == answer { return body }
        answer = .object(members)
        return answer.encode()
    }
}

/// The JSON of a candidate, read, and where it goes back to.
private struct CandidateTexts {
    /// Request, metadata, prompts: the latter three inside an object, as the request holds them.
    var documents: [JSONTree?]
    /// Choices of small and large.
    var answers: [JSONTree?]
    private let before: [JSONTree?]

    init(_ candidate: Candidate) throws(RedactionFailure) {
        documents = [
            try Self.read(candidate.request, "request"),
            try Self.read(candidate.metadata, "metadata", in: { _ in "metadata" }),
            try Self.read(candidate.prompt.small, "prompt.small", in: Self.promptMember),
            try Self.read(candidate.prompt.large, "prompt.large", in: Self.promptMember),
        ]
        answers = [
            try Self.read(candidate.small?.choices, "small.choices"),
            try Self.read(candidate.large?.choices, "large.choices"),
        ]
        before = documents + answers
    }

    private static func promptMember(_ prompt: JSONTree) -> String {
        prompt[0]?.object == nil ? "prompt" : "messages"
    }

    private static func read(
        _ bytes: [UInt8]?,
        _ name: String,
        in member: ((JSONTree) -> String)? = nil
    ) throws(RedactionFailure) -> JSONTree? {
        guard let bytes else { return nil }
        do throws(JSONError) {
            let value = try JSONTree.parse(bytes)
            return member.map { .object([.init(name: $0(value), value: value)]) } ?? value
        } catch {
            throw .unreadable(name)
        }
    }

    mutating func change(
        _ values: WritableKeyPath<CandidateTexts, [JSONTree?]>,
        _ body: (JSONTree) throws(RedactionFailure) -> JSONTree
    ) throws(RedactionFailure) {
        for index in self[keyPath: values].indices {
            if let value = self[keyPath: values][index] { self[keyPath: values][index] = try body(value) }
        }
    }

    /// Only what has changed.
    func write(to candidate: inout Candidate) {
        let after = documents + answers
        func changed(_ index: Int) -> [UInt8]? {
            guard let value = after[index], value != before[index] else { return nil }
            let isWrapped = (1...3).contains(index)
            return (isWrapped ? value.object?.first?.value ?? value : value).encode()
        }
        if let request = changed(0) { candidate.request = request }
        if let metadata = changed(1) { candidate.metadata = metadata.first == UInt8(ascii: "{") ? metadata : nil }
        if let prompt = changed(2) { candidate.prompt.small = prompt }
        if let prompt = changed(3) { candidate.prompt.large = prompt }
        if let choices = changed(4) { candidate.small?.choices = choices }
        if let choices = changed(5) { candidate.large?.choices = choices }
    }
}
