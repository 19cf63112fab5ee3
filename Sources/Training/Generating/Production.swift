import Completions
import Harvest
import JSON
import Judgment
import Settings

/// What became of one input.
enum Production: Sendable {
    case made(Candidate, facts: Facts)
    /// Large's answer fails the route's checks, asked twice.
    case failed(reason: String, facts: Facts)
    case disagreed(facts: Facts)
    /// The file says another answer.
    case unexpected(facts: Facts)
    /// The provider will not answer it, or did not after several attempts.
    case unanswered(AskFailure)

    struct Facts: Sendable {
        /// Answers that were heard, and of these those that had been paid before.
        var asked = 0
        var remembered = 0
        var wasRetried = false
    }
}

extension Generation {
    /// Answers one input. Decides nothing that other inputs have a say in.
    /// - Throws: `AskFailure` where no other question would be answered either.
    func produce(_ input: GivenInput, name: String) async throws -> Production {
        var facts = Production.Facts()
        do {
            var answers: [AskedAnswer] = []
            // As a client's call would have it, without the turns of a second attempt.
            var prompt: [UInt8]?
            for sample in 0..<agree {
                var answer = try await asker.ask(input.request, as: .large, sample: sample)
                facts.note(answer)
                prompt = prompt ?? answer.prompt
                if let objection = answer.objection {
                    facts.wasRetried = true
                    answer = try await asker.ask(
                        again: input.request,
                        after: answer,
                        because: objection,
                        sample: sample
                    )
                    facts.note(answer)
                }
                if answer.objection != nil { return .failed(reason: answer.reason, facts: facts) }
                if let first = answers.first, !equal(answer.text, first.text, input) {
                    return .disagreed(facts: facts)
                }
                answers.append(answer)
            }
            let answer = answers[0]
            if let expected = input.expected, !equal(answer.text, Array(expected.utf8), input) {
                return .unexpected(facts: facts)
            }
            return .made(try candidate(input, answer, prompt: prompt, name: name), facts: facts)
        } catch let failure as AskFailure where !failure.isFinal {
            return .unanswered(failure)
        } catch is RedactionFailure {
            return .failed(reason: "redaction", facts: facts)
        }
    }

    /// By the route's comparator where that can tell by itself, else as texts.
    private func equal(_ answer: [UInt8], _ other: [UInt8], _ input: GivenInput) -> Bool {
        if answer == other { return true }
        guard case .decided(let comparison) = comparator.compare(answer, with: other, input: Array(input.text.utf8))
        else { return false }
        return comparison.isEqual
    }

    private func candidate(
        _ input: GivenInput,
        _ answer: AskedAnswer,
        prompt: [UInt8]?,
        name: String
    ) throws -> Candidate {
        let small = route.trainingTarget.map { SmallPrompt($0) }
        var candidate = Candidate(
            requestID: name,
            route: route.name,
            environment: environment,
            contract: route.contract,
            version: nil,
            source: .generated,
            reason: "generated",
            detail: input.note,
            request: input.request,
            prompt: Candidate.Prompt(large: prompt),
            large: answer.kept,
            metadata: (try? JSONTree.parse(input.request))?["metadata"]?.encode(),
            stop: small?.stop
        )
        candidate.prompt.small = small?.phrase(candidate)?.encode()
        if let redactor = route.redactor { try candidate.redact(by: redactor) }
        return candidate
    }
}

extension Production.Facts {
    mutating func note(_ answer: AskedAnswer) {
        asked += 1
        if answer.isRemembered { remembered += 1 }
    }
}

extension AskedAnswer {
    /// Why it is nothing to learn from, for the one who wrote it; nil: it may be learnt.
    fileprivate var objection: String? {
        if verdict.refused { return "it refuses to answer" }
        if !verdict.accepted { return verdict.detail ?? "the check \(verdict.reason.rawValue) failed" }
        let choice = answer.choices.first
        return choice?.text?.isEmpty == false || choice?.toolCalls.isEmpty == false ? nil : "it is empty"
    }

    fileprivate var reason: String {
        if verdict.refused { return "refusal" }
        return verdict.accepted ? "empty" : verdict.reason.rawValue
    }
}
