// Examples from a file as candidates of a route, `source: imported`: to be reviewed and trained on like any other. All
// of them or none: a file with one bad line changes nothing, and says which line.
//
// An imported candidate has what the file says and nothing that it does not: a request, the answer as large's, the
// small model's prompt as it would be sent now, the contract in force. Its answer has passed the route's own checks.
// What is in the store already, or twice in the file, is passed over: importing a file again adds nothing.

import Completions
import Digest
import JSON
public import Judgment

/// The route that is imported to: what an answer must be there.
public struct ImportTarget: Sendable {
    public var route: String
    public var environment: String
    /// The digest of the contract in force.
    public var contract: String
    /// How the small model is asked; nil: there is none.
    public var prompt: SmallPrompt?
    /// The route's checks; confidence does not apply.
    public var checks: [any FormatCheck]
    public var redactor: Redactor?

    public init(
        route: String,
        environment: String,
        contract: String,
        prompt: SmallPrompt?,
        checks: [any FormatCheck],
        redactor: Redactor?
    ) {
        self.route = route
        self.environment = environment
        self.contract = contract
        self.prompt = prompt
        self.checks = checks
        self.redactor = redactor
    }
}

/// A file, read and checked.
public struct Import: Sendable {
    /// New candidates, in the order of their lines.
    public private(set) var candidates: [Candidate] = []
    public private(set) var problems: [ImportProblem] = []
    public private(set) var notes: [String] = []
    /// Lines that are in the store, or in the file before, with the same answer.
    public private(set) var known = 0
    /// Kept although the route's checks object, and never trained on as they are.
    public private(set) var failing = 0
    private let target: ImportTarget
    private let keepsFailing: Bool
    private let file: Digest32
    private let judge: Judge

    /// Reads a file. Blocks: not for a loop.
    /// - Parameter keepsFailing: keep answers that the route's checks object to, for a reviewer to mend.
    public init(_ bytes: [UInt8], _ format: ImportFormat, to target: ImportTarget, keepsFailing: Bool = false) {
        self.target = target
        self.keepsFailing = keepsFailing
        file = SHA256.digest(of: bytes)
        judge = Judge(checks: target.checks, onRefusal: .answer)
        let reader = ImportReader(bytes, format)
        problems = reader.problems
        notes = reader.notes
        for example in reader.examples {
            do throws(ImportProblem) {
                candidates.append(try candidate(example))
            } catch {
                problems.append(error)
            }
        }
        problems.sort { $0.line < $1.line }
    }

    /// Puts what is new into the store, in one transaction, and an event without a text beside it.
    /// - Precondition: there are no problems.
    /// - Returns: how many were new.
    public mutating func keep(
        in store: any CandidateStore & Ledger,
        by who: String
    ) async throws(StoreError) -> Int {
        precondition(problems.isEmpty, "a file with problems is not imported")
        try await dropKnown(store)
        let count = candidates.isEmpty ? 0 : try await store.keep(candidates)
        var detail = JSONWriter()
        detail.beginObject()
        detail.name("sha256")
        detail.string(file.hex)
        detail.name("new")
        detail.number(count)
        detail.name("known")
        detail.number(known)
        detail.endObject()
        try await store.add(LedgerEvent(who: who, what: "import", route: target.route, detail: detail.bytes))
        return count
    }

    private mutating func dropKnown(_ store: any CandidateStore) async throws(StoreError) {
        var seen: Set<Digest32> = []
        let every = Set(Candidate.Status.allCases)
        let filter = CandidateFilter(
            route: target.route,
            statuses: every,
            source: .imported,
            contract: target.contract
        )
        var query = CandidateQuery(filter, limit: 1000, order: .oldestFirst)
        repeat {
            let page = try await store.list(query)
            for candidate in page.data { seen.insert(Self.digest(of: candidate)) }
            query.after = page.next
        } while query.after != nil
        let before = candidates.count
        candidates = candidates.filter { seen.insert(Self.digest(of: $0)).inserted }
        known = before - candidates.count
    }

    /// What makes two imported candidates the same: what is asked, in whichever dialect, and what is answered.
    private static func digest(of candidate: Candidate) -> Digest32 {
        let request = try? JSONTree.parse(candidate.request)
        let prompt: [JSONTree.Member] = [
            .init(name: "role", value: .string("user")), .init(name: "content", value: request?["prompt"] ?? .null),
        ]
        let asked = [request?["messages"] ?? .array([.object(prompt)]), request?["tools"] ?? .null]
        let bytes = JSONTree.array(asked).encode()
        var hash = SHA256()
        hash.update(length: bytes.count)
        hash.update(bytes)
        hash.update(candidate.large?.choices ?? [])
        return hash.finish()
    }

    // MARK: One example

    private mutating func candidate(_ example: ImportedExample) throws(ImportProblem) -> Candidate {
        func problem(_ message: String) -> ImportProblem { ImportProblem(line: example.line, message: message) }
        let choices = JSONTree.array([choice(example.answer)]).encode()
        var candidate = Candidate(
            requestID: "import-\(file.hex(digits: 12))-\(example.line)",
            route: target.route,
            environment: target.environment,
            contract: target.contract,
            version: nil,
            source: .imported,
            reason: "imported",
            request: request(example.question),
            large: Candidate.Answer(model: "imported", choices: choices, milliseconds: 0),
            stop: target.prompt?.stop
        )
        let verdict: Verdict
        do {
            verdict = try judged(candidate)
        } catch let error as InvalidRequest {
            throw problem((error.param.map { "\($0): " } ?? "") + error.message)
        } catch {
            throw problem("\(error)")
        }
        if !verdict.accepted {
            guard keepsFailing else {
                throw problem(
                    "the route's check \(verdict.reason.rawValue) objects: \(verdict.detail ?? "no reason given"); "
                        + "mend the answer, or add --keep-failing"
                )
            }
            failing += 1
            candidate.untrainable = verdict.reason.rawValue
            candidate.detail = verdict.detail
        }
        candidate.prompt.small = target.prompt?.phrase(candidate)?.encode()
        if let redactor = target.redactor {
            do throws(RedactionFailure) {
                try candidate.redact(by: redactor)
            } catch {
                throw problem("\(error)")
            }
        }
        return candidate
    }

    private func request(_ question: ImportedExample.Question) -> [UInt8] {
        var members = [JSONTree.Member(name: "model", value: .string(target.route))]
        switch question {
        case .input(let text):
            members.append(.init(name: "prompt", value: .string(text)))
        case .prompt(let text):
            members.append(.init(name: "prompt", value: .string(target.prompt?.input(of: text) ?? text)))
        case .messages(let messages, let rest):
            members.append(.init(name: "messages", value: .array(messages)))
            members += rest
        }
        return JSONTree.object(members).encode()
    }

    private func choice(_ answer: ImportedExample.Answer) -> JSONTree {
        var message: [JSONTree.Member] = [.init(name: "role", value: .string("assistant"))]
        var hasCalls = false
        switch answer {
        case .text(let text):
            message.append(.init(name: "content", value: .string(text)))
        case .completion(let text):
            var text = text.hasPrefix(" ") ? String(text.dropFirst()) : text
            if let stop = target.prompt?.stop, text.hasSuffix(stop) { text.removeLast(stop.count) }
            message.append(.init(name: "content", value: .string(text)))
        case .message(let whole):
            message += (whole.object ?? []).filter { $0.name != "role" && $0.name != "weight" }
            hasCalls = whole["tool_calls"]?.array?.isEmpty == false
        }
        return .object([
            .init(name: "index", value: .int(0)), .init(name: "message", value: .object(message)),
            .init(name: "finish_reason", value: .string(hasCalls ? "tool_calls" : "stop")),
        ])
    }

    private func judged(_ candidate: Candidate) throws -> Verdict {
        let parser = JSONParser()
        let request = try CompletionRequest.read(candidate.request, dialect: candidate.dialect, parser: parser)
        var body = JSONWriter()
        body.beginObject()
        body.name("choices")
        body.raw(candidate.large?.choices ?? [])
        body.endObject()
        let answer = try CompletionAnswer.read(body.bytes, dialect: .chat, parser: parser)
        guard let choice = answer.choices.first, choice.text?.isEmpty == false || !choice.toolCalls.isEmpty else {
            throw MalformedAnswer("it is empty")
        }
        return judge.judge(answer, context: JudgingContext(clientSpeaksChat: true, tools: request.tools))
    }
}
