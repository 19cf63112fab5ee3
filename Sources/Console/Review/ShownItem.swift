// What of a candidate a reviewer is shown, and what not. Suggestions make people agree (FLYWHEEL section 2), so nothing
// is sent that would tell which side is which before there is a decision: not the models, not the reason, no
// confidence, no timing; and of an item that the evaluation is measured on, no answer at all.
//
//   shape   sides   named   what
//   pair    2       no      both pass the checks and nobody who asks has decided: sides in an order that is drawn
//   pair    2       yes     one fails its format (it would show), or the reviewer has decided
//   one     1       yes     one answer: generated, imported, no small model, small failed
//   blank   0       no      evaluation set: the input alone

import Completions
import Harvest
import JSON
import Judgment
import Settings

struct ShownItem: Sendable {
    enum Role: String, Sendable {
        case small, large
    }

    struct Side: Sendable {
        let role: Role
        let answer: ShownAnswer
    }

    /// How answers are compared: JSON by value, a query language by its tokens, labels whole, text by words.
    enum Style: String, Sendable {
        case json, dsl, label, text
    }

    let candidate: Candidate
    let route: RouteSettings?
    let clusterSize: Int
    let isHoldout: Bool
    /// By the reviewer who asks; nil: they have not decided, or took it back.
    let decided: DecisionEvent?
    let sides: [Side]
    let isNamed: Bool
    let question: Question

    /// - Parameters:
    ///   - route: nil where the settings have it no more.
    ///   - isRevealed: the reviewer has decided before, and was told.
    init(
        _ candidate: Candidate,
        route: RouteSettings?,
        clusterSize: Int = 1,
        isHoldout: Bool = false,
        isRevealed: Bool = false,
        decided: DecisionEvent? = nil,
        order: SideOrder
    ) {
        self.candidate = candidate
        self.route = route
        self.clusterSize = clusterSize
        self.isHoldout = isHoldout
        self.decided = decided
        question = Question(request: candidate.request)
        let checks = route?.judge.checks ?? []
        let small = candidate.small.map { Side(role: .small, answer: ShownAnswer($0, checks: checks)) }
        let large = candidate.large.map { Side(role: .large, answer: ShownAnswer($0, checks: checks)) }
        let both = order.smallIsLeft(candidate.id) ? [small, large] : [large, small]
        sides = isHoldout ? [] : both.compactMap { $0 }
        isNamed = isRevealed || decided != nil || sides.count == 1 || sides.contains { $0.answer.failure != nil }
    }

    var shape: String { isHoldout ? "blank" : sides.count == 2 ? "pair" : "one" }

    /// The lists of labels that a route has, if it is one of labels.
    var labels: [String]? { route?.judge.checks.lazy.compactMap(\.labels).first }

    var style: Style {
        guard let route else { return .text }
        if labels != nil { return .label }
        if route.checks.contains("json") || route.checks.contains("json_schema") { return .json }
        return route.checks.contains("grammar") || route.kind == .dsl ? .dsl : .text
    }

    /// The side that a reviewer names by its place: `left`, `right`; of a single one, nothing.
    func side(at place: String?) -> Side? {
        switch (place, sides.count) {
        case ("left", 2): sides[0]
        case ("right", 2): sides[1]
        case (nil, 1): sides[0]
        default: nil
        }
    }

    /// Where the side of a decision stands now.
    func place(of choice: Decision.Choice?) -> String? {
        switch choice {
        case .both: "both"
        case .small: place(of: Role.small)
        case .large: place(of: Role.large)
        case nil: sides.count == 1 ? "only" : nil
        }
    }

    private func place(of role: Role) -> String? {
        guard sides.count == 2 else { return sides.first?.role == role ? "only" : nil }
        return sides[0].role == role ? "left" : "right"
    }
}

/// What the client asked: its last message, and what stood before it.
struct Question: Sendable {
    var turns: [(role: String, text: String)] = []
    var ask = ""

    init(request: [UInt8]) {
        guard let tree = try? JSONTree.parse(request) else { return }
        turns = Self.turns(tree)
        if let last = turns.lastIndex(where: { $0.role == "user" || $0.role == "" }) {
            ask = turns.remove(at: last).text
        }
    }

    /// The messages of a chat, or the prompt of a completion.
    static func turns(_ tree: JSONTree) -> [(role: String, text: String)] {
        if let messages = (tree["messages"] ?? tree).array {
            return messages.map { message in
                (message["role"]?.string ?? "", text(of: message["content"] ?? message))
            }
        }
        return [("", text(of: tree["prompt"] ?? tree))]
    }

    private static func text(of content: JSONTree) -> String {
        if let text = content.string { return text }
        if let parts = content.array {
            return parts.map { $0.string ?? $0["text"]?.string ?? "[\($0["type"]?.string ?? "part")]" }.joined()
        }
        return content.isNull ? "" : String(decoding: content.encode(pretty: true), as: UTF8.self)
    }
}
