import Cache
import Completions
import Digest
import HTTPServer
import Loop
import Routing
import Settings

extension Exchange {
    var isSmallForced: Bool { choice?.isSmallForced ?? false }

    /// Whether the answer may be remembered for others.
    var mayRemember: Bool {
        guard let route, let choice else { return false }
        return route.mayRemember(choice, wishes)
    }

    /// The key to look under; nil for an exchange that neither joins nor leads (CONTRACTS section 1).
    func recallKey() -> CacheKey? {
        guard let route, let choice, route.isCached(choice) else { return nil }
        let material = keyMaterial(of: route.routing)
        let key = CacheKey(choice.cacheKey(material: material, using: &station.hash))
        self.key = key
        return wishes.mayRecall ? key : nil
    }

    /// The log-probabilities that the client asked for.
    var wants: LogprobWants {
        guard let request, request.wantsLogprobs else { return .none }
        return .top(request.topLogprobs)
    }

    /// Whether a stored answer will do for this client and for the settings in force.
    func accepts(_ stored: CachedAnswer) -> Bool {
        guard let route else { return false }
        if let maxAge = wishes.maxAge, stored.age(unixMilliseconds: station.unixMilliseconds) > .seconds(maxAge) {
            return false
        }
        return route.accepts(stored, unixMilliseconds: station.unixMilliseconds)
    }

    // MARK: By the body alone

    /// Stands for all that the body does not say and that could lead to another answer.
    private var salt: QuickSalt {
        var caller = dialect == .chat ? UInt64(1) : 2
        if let client { caller ^= client.sha256.leadingWord | 4 }
        return QuickSalt(settings: lines.snapshot.number, caller: caller)
    }

    /// An in-process hit before any JSON is read: the very same body, under the same settings, from the same caller.
    func recallByBody() -> PreparedAnswer? {
        guard !wishes.areSpecial else { return nil }
        return station.shared.board.quick(rawBody: http.body, salt: salt, now: http.received)
    }

    /// Keeps what was sent for a hit, for the next request with the same body.
    func prepare(_ answer: FlightAnswer, _ stored: CachedAnswer, fields: [UInt8], body: [UInt8]) {
        guard let route, route.answersByBodyAlone, !wishes.areSpecial else { return }
        let ending = Ending(.answered(answer), cache: .hit, sent: body.count, marks: marks, received: http.received)
        let kept = KeptHit(self, ending, route)
        station.shared.board.prepare(
            rawBody: http.body[...],
            salt: salt,
            for: stored,
            facts: kept,
            factsSize: kept.size,
            fields: fields,
            body: body
        )
    }
}
