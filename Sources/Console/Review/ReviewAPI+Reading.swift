import Completions
import HTTPServer
import Harvest
import JSON
import Judgment
import Settings

// What the page reads: items again, their prompts and clusters, and how far the review is.
extension ReviewAPI {
    func item(_ id: Substring, _ request: PageRequest) async throws -> [UInt8] {
        let item = try await shown(try await candidate(id), to: try request.reviewer())
        return PageReply.object { writer in
            writer.name("item")
            item.write(to: &writer)
        }
    }

    /// Neither prompt tells on an answer, so they may be seen before there is a decision.
    func prompts(_ id: Substring) async throws -> [UInt8] {
        let prompt = try await candidate(id).prompt
        return PageReply.object { writer in
            writer.name("prompts")
            writer.beginArray()
            for (name, raw) in [("small", prompt.small), ("large", prompt.large)] {
                guard let raw, let tree = try? JSONTree.parse(raw) else { continue }
                writer.beginObject()
                writer.name("to")
                writer.string(name)
                writer.name("turns")
                writer.beginArray()
                for turn in Question.turns(tree) { ShownItem.write(turn, to: &writer) }
                writer.endArray()
                writer.endObject()
            }
            writer.endArray()
        }
    }

    /// The members of an item's cluster, each with what the same model answered there as on the side that was taken.
    func cluster(_ id: Substring, _ request: PageRequest) async throws -> [UInt8] {
        let first = try await candidate(id)
        let order = try await order()
        let route = await route(first.route)
        let side = try request.text("side")
        let taken = ShownItem(first, route: route, order: order).side(at: side)
        // Where both are right, large's answer is what a decision keeps.
        guard let role = side == "both" ? .large : taken?.role else {
            throw PageRequest.wrong("side", "is left, right or both, where there are two")
        }
        let checks = route?.judge.checks ?? []
        let members = try await store.cluster(of: first.id)
        return PageReply.list(members) { member, writer in
            let kept = role == .small ? member.small : member.large
            let answer = kept.map { ShownAnswer($0, checks: checks) }
            let failure = answer == nil ? ShownAnswer.Failure(check: "it has no such answer") : answer?.failure
            writer.beginObject()
            writer.name("id")
            writer.string(member.id.description)
            writer.name("input")
            writer.string(Question(request: member.request).ask)
            writer.name("text")
            writer.orNull(answer?.text)
            writer.name("passes")
            writer.bool(failure == nil)
            writer.name("why")
            writer.orNull(failure.map { [$0.check, $0.detail].compactMap { $0 }.joined(separator: ": ") })
            writer.endObject()
        }
    }

    func history(_ request: PageRequest) async throws -> [UInt8] {
        let limit = try request.count("limit", in: 1...1000, default: 200)
        let items = try await store.history(reviewer: try request.reviewer(), limit: limit)
        return PageReply.list(items) { item, writer in
            writer.beginObject()
            writer.name("candidate")
            writer.string(item.event.candidate.description)
            writer.name("verb")
            writer.string(item.event.decision.verb.rawValue)
            writer.name("at")
            writer.string(item.event.at.rfc3339)
            writer.name("also")
            writer.number(item.alsoByCluster)
            writer.name("undone")
            writer.bool(item.isUndone)
            writer.name("input")
            writer.string(item.input)
            writer.endObject()
        }
    }

    func conflicts(_ request: PageRequest) async throws -> [UInt8] {
        let found = try await store.conflicts(route: try request.text("route"), limit: 100)
        return PageReply.list(found) { conflict, writer in
            writer.beginObject()
            writer.name("candidate")
            writer.string(conflict.candidate.description)
            writer.name("input")
            writer.string(conflict.input)
            for (name, event) in [("first" as StaticString, conflict.first), ("second", conflict.second)] {
                writer.name(name)
                writer.beginObject()
                writer.name("by")
                writer.string(event.decision.reviewer ?? "")
                writer.name("verb")
                writer.string(event.decision.verb.rawValue)
                writer.endObject()
            }
            writer.endObject()
        }
    }
}
