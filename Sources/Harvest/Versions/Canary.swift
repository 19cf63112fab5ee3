// A version on trial. Inputs are drawn into three parts by a hash that is salted with the trial's id: a share gets the
// challenger, a share of equal size is the control, and the rest goes on as before. Both arms start with an empty cache
// of their own, so what is counted in one is compared with what is counted in the other under the same conditions, and
// with nothing else.
//
// Each step doubles the share, until more than half would be on trial: the step after that is the promotion.

public import JSON

/// The state of a trial, as all gateways see it: part of the promotion's document.
public struct Canary: Sendable, Equatable {
    /// Salts the draw and the arms' cache keys.
    public var id: String
    public var challenger: Promotion.Service
    /// Of the first step.
    public var firstShare: Double
    /// From 0.
    public var step: Int
    public var startedAt: WallTime
    /// When this step began.
    public var stepAt: WallTime
    /// Without a decision by then it is over. Seconds after `startedAt`.
    public var within: Int
    /// What the accepted answers' agreement with large has to reach.
    public var bar: Double

    public init(
        id: String = CandidateID.next().description,
        challenger: Promotion.Service,
        share: Double,
        within: Int,
        bar: Double = 0.9,
        at time: WallTime = .now()
    ) {
        self.id = id
        self.challenger = challenger
        firstShare = min(max(share, 0.0001), 0.5)
        step = 0
        startedAt = time
        stepAt = time
        self.within = within
        self.bar = bar
    }

    /// Of all inputs, what each arm gets now.
    public var share: Double { firstShare * Double(1 << step) }

    /// How many steps there are before the promotion: arms of equal size have room up to one half.
    public var steps: Int {
        var count = 1
        while firstShare * Double(1 << count) <= 0.5 { count += 1 }
        return count
    }

    public var isOnLastStep: Bool { step + 1 >= steps }

    public var endsAt: WallTime { WallTime(milliseconds: startedAt.milliseconds + Int64(within) * 1000) }

    /// What came of a trial.
    public struct End: Sendable, Equatable {
        public enum Outcome: String, Sendable {
            case promoted
            case rolledBack = "rolled_back"
            case notProven = "not_proven"
            /// Another version was promoted or put on trial meanwhile.
            case replaced
        }

        public var id: String
        public var version: String?
        public var model: String?
        public var outcome: Outcome
        public var reason: String
        public var at: WallTime
    }
}

extension Promotion {
    /// Puts a version on trial; a trial that is under way ends.
    public mutating func start(_ canary: Canary) {
        if let earlier = self.canary {
            end(earlier, .replaced, at: canary.startedAt, reason: "another version was put on trial")
        }
        self.canary = canary
    }

    mutating func end(_ canary: Canary, _ outcome: Canary.End.Outcome, at time: WallTime, reason: String) {
        self.canary = nil
        lastTrial = Canary.End(
            id: canary.id,
            version: canary.challenger.version,
            model: canary.challenger.model,
            outcome: outcome,
            reason: reason,
            at: time
        )
    }

    /// The trial goes on with twice the share, or, behind the last step, the challenger goes into service.
    /// - Returns: false where that trial, at that step, is over.
    @discardableResult
    public mutating func stepUp(
        from canary: Canary,
        over file: String?,
        at time: WallTime = .now(),
        reason: String
    ) -> Bool {
        guard var now = self.canary, now.id == canary.id, now.step == canary.step else { return false }
        guard now.isOnLastStep else {
            now.step += 1
            now.stepAt = time
            self.canary = now
            return true
        }
        var service = now.challenger
        service.at = time
        service.reason = reason
        promote(service, over: file)
        end(now, .promoted, at: time, reason: reason)
        return true
    }

    /// The challenger goes.
    /// - Returns: false where that trial is over.
    @discardableResult
    public mutating func stop(
        _ canary: Canary,
        _ outcome: Canary.End.Outcome,
        at time: WallTime = .now(),
        reason: String
    ) -> Bool {
        guard let now = self.canary, now.id == canary.id else { return false }
        end(now, outcome, at: time, reason: reason)
        return true
    }
}

// MARK: JSON

extension Canary {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(id)
        writer.name("challenger")
        challenger.write(to: &writer)
        writer.name("first_share")
        writer.number(firstShare)
        writer.name("share")
        writer.number(share)
        writer.name("step")
        writer.number(step)
        writer.name("steps")
        writer.number(steps)
        writer.name("started_at")
        writer.string(startedAt.rfc3339)
        writer.name("step_at")
        writer.string(stepAt.rfc3339)
        writer.name("within")
        writer.number(within)
        writer.name("ends_at")
        writer.string(endsAt.rfc3339)
        writer.name("bar")
        writer.number(bar)
        writer.endObject()
    }

    init?(_ tree: JSONTree) {
        guard let id = tree["id"]?.string, let challenger = tree["challenger"].flatMap({ Promotion.Service($0) }),
            let firstShare = tree["first_share"]?.double, let step = tree["step"]?.int, (0..<32).contains(step),
            let startedAt = tree["started_at"]?.string.flatMap({ WallTime(rfc3339: $0) }),
            let stepAt = tree["step_at"]?.string.flatMap({ WallTime(rfc3339: $0) }),
            let within = tree["within"]?.int, let bar = tree["bar"]?.double
        else { return nil }
        self.init(id: id, challenger: challenger, share: firstShare, within: within, bar: bar, at: startedAt)
        self.step = step
        self.stepAt = stepAt
    }
}

extension Canary.End {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.string(id)
        writer.name("version")
        writer.stringOrNull(version)
        writer.name("model")
        writer.stringOrNull(model)
        writer.name("outcome")
        writer.string(outcome.rawValue)
        writer.name("reason")
        writer.string(reason)
        writer.name("at")
        writer.string(at.rfc3339)
        writer.endObject()
    }

    init?(_ tree: JSONTree) {
        guard let id = tree["id"]?.string, let outcome = tree["outcome"]?.string.flatMap(Outcome.init(rawValue:)),
            let at = tree["at"]?.string.flatMap({ WallTime(rfc3339: $0) })
        else { return nil }
        self.init(
            id: id,
            version: tree["version"]?.string,
            model: tree["model"]?.string,
            outcome: outcome,
            reason: tree["reason"]?.string ?? "",
            at: at
        )
    }
}
