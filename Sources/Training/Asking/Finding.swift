import Completions
import HTTPClient
import JSON
import Loop

/// What came of one call, and what to do about it.
enum Finding {
    case answered(CompletionAnswer, milliseconds: Double)
    /// The provider will not answer this one.
    case refused(status: Int, message: String)
    /// Another time it may. `wait`: as the provider says, nil where it says nothing. `mayCost`: the call may have been
    /// paid for all the same, since it broke off after it had been sent.
    case failed(String, wait: Duration?, mayCost: Bool)

    /// - Parameter now: Unix seconds, for a date in `retry-after`.
    init(_ outcome: Reception.Outcome, dialect: Dialect, parser: JSONParser, now: Int) {
        switch outcome.result {
        case .failure(let error):
            let wasSent = ![.connect, .tls, .connectTimeout, .busy].contains(error.kind)
            self = .failed(error.message, wait: nil, mayCost: wasSent)
        case .success(let end):
            guard let head = outcome.head else { preconditionFailure("curl knows no answer without a head") }
            guard (200..<300).contains(head.status) else {
                self = .init(head, outcome.body, parser, now)
                return
            }
            do throws(MalformedAnswer) {
                let answer = try CompletionAnswer.read(outcome.body, dialect: dialect, parser: parser)
                self = .answered(answer, milliseconds: end.total.milliseconds)
            } catch {
                self = .failed("\(error)", wait: nil, mayCost: true)
            }
        }
    }

    /// An answer that says no. 408, 409, 429 and 5xx are for another time, unless the provider says that they are not:
    /// by `x-should-retry`, or because what is missing is money.
    private init(_ head: UpstreamHead, _ body: [UInt8], _ parser: JSONParser, _ now: Int) {
        let words = APIError.message(inUpstreamBody: body, parser: parser)
        let message =
            [401, 403].contains(head.status) ? "the provider refuses the API key" : words ?? "no reason given"
        let code = (try? parser.parse(body, integers: .any))?["error"]?["code"]
        let isBroke = code?.isString("insufficient_quota") ?? false
        let isForLater = [408, 409, 429].contains(head.status) || head.status >= 500
        guard isForLater, !isBroke, head.field("x-should-retry") != "false" else {
            self = .refused(status: head.status, message: message)
            return
        }
        let wait = RetryAfter.read(
            milliseconds: head.field("retry-after-ms"),
            seconds: head.field("retry-after"),
            now: now
        )
        self = .failed("status \(head.status): \(message)", wait: wait, mayCost: false)
    }
}

extension Duration {
    var milliseconds: Double { Double(nanoseconds) / 1_000_000 }
}
