import Cache
import Completions
import HTTPServer
import Judgment
import Loop
import Settings

// An answer that comes while it is being written: the exchange follows its flight's feed, at its own pace.
extension Exchange {
    /// - Precondition: not concluded, and not following.
    func follow(_ feed: AnswerFeed) {
        let follower = Follower(on: station.loop, wantsEvents: stream != nil) { [self] in advance() }
        self.feed = feed
        self.follower = follower
        feed.add(follower)
        // Somebody else may have been too slow, alone.
        feed.resume()
        advance()
    }

    /// Takes what there is, as far as the reader does.
    private func advance() {
        guard !isConcluded, let feed, let follower else { return }
        let reading = feed.read(for: follower, having: stream?.cursor ?? 0)
        if let stream, !reading.chunks.isEmpty {
            open(stream, feed.opening)
            guard stream.write(reading.chunks, from: reading.first) else {
                if let flight = waiter?.flight { feed.pause(if: { flight.waiters == 1 }) }
                return
            }
        }
        guard let end = reading.end else { return }
        if case .failed(let failure) = end, failure.isOutOfTime, stream?.hasEvents != true, hasTimeLeft {
            // The flight's time was up, not this exchange's, and nothing was given.
            stopFollowing()
            return boardAgain()
        }
        conclude(end, cache: waitsFor)
    }

    func readerCaughtUp() {
        guard let feed, stream?.isBlocked ?? false else { return }
        feed.resume()
        advance()
    }

    func stopFollowing() {
        silenceTimer?.cancel()
        silenceTimer = nil
        if let follower { feed?.remove(follower) }
        follower = nil
        feed = nil
    }

    // MARK: The head

    /// Before the first event: the head with all that is known.
    private func open(_ stream: ClientStream, _ opening: StreamOpening) {
        silenceTimer?.cancel()
        // The deadline was for this moment.
        cancelDeadline()
        stream.name(opening.model)
        guard !stream.hasHead, let route else { return }
        var fields: [UInt8] = []
        fields.reserveCapacity(512)
        fields += route.streamFields
        fields.append("x-understudy-answered-by: ")
        fields.append(text: opening.answeredBy.rawValue)
        fields.append("\r\nx-understudy-model: ")
        fields.append(headerText: opening.model.utf8.prefix(256))
        fields.append("\r\nx-understudy-cache: ")
        fields.append(text: waitsFor.rawValue)
        if let verdict = opening.verdict {
            fields.append("\r\nx-understudy-verdict: ")
            fields.append(text: verdict.rawValue)
            if opening.isFallback {
                fields.append("\r\nx-understudy-fallback-reason: ")
                fields.append(text: verdict.rawValue)
            }
        }
        if let score = opening.score {
            fields.append("\r\nx-understudy-confidence: ")
            fields.append(fixed: score, places: 4)
        }
        fields.append("\r\nx-request-id: ")
        fields += requestID.bytes
        fields.append("\r\nx-understudy-overhead-ms: ")
        marks.answered = MonotonicTime.now()
        fields.append(milliseconds: overhead(waiting: opening.waited))
        fields.append("\r\n")
        stream.begin(fields)
    }

    func listenForSilence() {
        let timer = LoopTimer(on: station.loop, owner: self)
        timer.arm(after: lines.snapshot.settings.server.streamComment)
        silenceTimer = timer
    }

    /// The client has heard nothing for a while: a head with what is certain, and a comment, so that nothing between
    /// here and there takes the connection for dead.
    func breakSilence() {
        guard !isConcluded, let stream, let route else { return }
        if !stream.hasHead {
            var fields = route.streamFields
            fields.append("x-request-id: ")
            fields += requestID.bytes
            fields.append("\r\n")
            stream.begin(fields, bare: true)
        }
        stream.comment("waiting")
        silenceTimer?.arm(after: lines.snapshot.settings.server.streamComment)
    }

    // MARK: The end

    /// - Returns: bytes sent.
    func finish(_ stream: ClientStream, _ answer: FlightAnswer, cache: CacheState) -> Int {
        if let whole = answer.answer, !stream.hasEvents {
            stream.name(answer.model)
            stream.replay(whole)
        }
        let wasUnjudged = stream.headIsBare || answer.answeredBy == .small
        stream.finish(wasUnjudged ? note(answer, cache: cache) : nil)
        marks.answered = MonotonicTime.now()
        return stream.sent
    }

    /// What the head could not say: `: understudy {json}`.
    private func note(_ answer: FlightAnswer, cache: CacheState) -> [UInt8] {
        var note: [UInt8] = []
        note.append(": understudy {\"answered_by\":\"")
        note.append(text: answer.answeredBy.rawValue)
        note.append("\",\"model\":")
        note.append(json: answer.model)
        note.append(",\"cache\":\"")
        note.append(text: (answer.answeredBy == .cache ? .hit : cache).rawValue)
        note.append("\",\"verdict\":\"")
        note.append(text: answer.verdict.rawValue)
        note.append("\",\"checks\":\"")
        note.append(text: answer.checks == .accept ? "pass" : answer.checks.rawValue)
        note.append("\"")
        if let score = answer.score {
            note.append(",\"confidence\":")
            note.append(fixed: score, places: 4)
        }
        if answer.isFallback {
            note.append(",\"fallback_reason\":\"")
            note.append(text: answer.verdict.rawValue)
            note.append("\"")
        }
        note.append("}\n\n")
        return note
    }
}
