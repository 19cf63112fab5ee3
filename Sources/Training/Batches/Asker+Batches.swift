import Completions
import Digest
import Settings

// What a batch asks in the place of calls: the questions that nobody was paid for yet, and where their answers go.
extension Asker {
    /// Large's questions that have no answer in the journal, as many as the purse holds, their price set aside.
    /// - Parameters:
    ///   - requests: clients' JSON objects. One that large cannot be asked is left out: whoever asks it hears why.
    ///   - samples: how often each is asked.
    ///   - tried: questions that are not wanted again.
    ///   - most: questions at most.
    /// - Throws: `overBudget` where not even one is within it.
    func takeUnanswered(
        _ requests: [[UInt8]],
        samples: Int,
        except tried: Set<Digest32>,
        most: Int
    ) async throws(AskFailure) -> [Question] {
        let large = try model(.large)
        var taken: [Question] = []
        var known = tried
        for request in requests {
            for sample in 0..<samples where taken.count < most {
                guard let read = try? read(request),
                    let question = try? Question(read, to: large, isFree: false, sample: sample),
                    journal.answer(to: question.key) == nil, known.insert(question.key).inserted
                else { continue }
                do throws(OverBudget) { try await purse.setAside(question.most) } catch {
                    if taken.isEmpty { throw .overBudget(error) }
                    return taken
                }
                taken.append(question)
            }
        }
        return taken
    }

    /// An answer of a batch goes where paid answers are. It says nothing about how long large takes.
    /// - Parameters:
    ///   - body: as a call would have been answered.
    ///   - most: US dollars, where the answer does not say what it cost.
    /// - Returns: US dollars; nil where it was there already, or is no answer.
    func keep(batched body: [UInt8], for key: Digest32, most: Double) async throws(AskFailure) -> Double? {
        let large = try model(.large)
        guard journal.answer(to: key) == nil,
            let answer = try? CompletionAnswer.read(body, dialect: large.settings.api, parser: parser)
        else { return nil }
        let cost = large.cost(of: answer.usage)
        let paid = PaidAnswer(model: large.name, cost: cost, milliseconds: nil, body: answer.raw)
        try await journal.keep(paid, for: key)
        return cost ?? most
    }
}
