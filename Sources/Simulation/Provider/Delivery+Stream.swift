import HTTPServer
import Loop

/// Streams: one timer each, whatever their length, and no more bytes in memory than the watermark and one event.
extension Delivery {
    /// What may wait for a slow reader before the stream pauses.
    private static let watermark = 65536
    /// So many steps in one turn of the loop, then the others' turn.
    private static let stepsPerTurn = 64

    func beginStream(_ stream: PlannedStream) {
        run = StreamRun(stream, ending: plan.ending)
        responder.begin(status: plan.status, fields: plan.fields)
        advance()
    }

    /// Takes steps until one has to wait: for its time, for the reader, or for the other streams of the loop.
    ///
    /// Times follow from one another, not from when the timer fired, so that lateness does not add up.
    func advance() {
        for _ in 0..<Self.stepsPerTurn {
            if responder.bufferedBytes > Self.watermark {
                isPaused = true
                return
            }
            switch run?.next() {
            case .write(let bytes, let tokens)?:
                count(tokens)
                responder.write(bytes)
                // The client may have left in that moment.
                if hasEnded { return }
            case .wait(let time)?:
                due = due.advanced(by: time)
                if due > .now() {
                    timer?.arm(at: due)
                    return
                }
            case .end(let bytes, let tokens, let ending)?:
                count(tokens)
                return finish(bytes, ending)
            case .hang?:
                isHanging = true
                return
            case nil:
                return
            }
        }
        timer?.arm(after: .zero)
    }

    /// The reader has caught up. A model that was held up goes on at its pace, not faster.
    func outputDrained(_ responder: Responder) {
        guard isPaused else { return }
        isPaused = false
        due = max(due, .now())
        advance()
    }

    private func finish(_ bytes: [UInt8], _ ending: StreamRun.Ending) {
        end(.answered)
        responder.write(bytes)
        switch ending {
        case .finish: responder.finish()
        case .finishThenClose: responder.finish(thenClose: true)
        case .close: responder.abort()
        case .reset: responder.abort(reset: true)
        }
    }
}
