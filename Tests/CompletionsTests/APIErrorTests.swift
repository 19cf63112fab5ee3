import JSON
import Testing

@testable import Completions

@Suite("Errors for clients") struct APIErrorTests {
    @Test("an error is OpenAI's object, with string or null members") func shape() throws {
        let error = APIError(status: 400, message: "a \"b\"\n", type: "invalid_request_error", param: "n")
        #expect(
            text(error.encode())
                == #"{"error":{"message":"a \"b\"\n","type":"invalid_request_error","param":"n","code":null}}"#
        )
    }

    @Test("every case has its status, its type and a sentence") func cases() {
        let cases: [(APIError, Int)] = [
            (APIError(InvalidRequest("x.")), 400), (.badFraming("x."), 400), (.missingKey, 401), (.wrongKey, 401),
            (.forbiddenRoute("r"), 403), (.unknownRoute("r"), 404), (.unknownPath("GET", "/x"), 404),
            (.wrongMethod("PUT", "/x"), 405), (.tooSlow, 408), (.bodyTooLarge(limit: 9), 413),
            (.wrongContentType(nil), 415), (.unknownExpectation, 417), (.wrongHost("h"), 421),
            (.keyLimit(retryAfter: "3"), 429), (.headersTooLarge(limit: 9), 431), (.upstreamRefused(nil), 400),
            (.upstreamBusy(nil, retryAfter: "7"), 429), (.upstreamFailed("x."), 502),
            (.answerInvalid(reason: "r"), 502),
            (.overSpend(retryAfter: nil), 429), (.overloaded(), 503), (.draining, 503), (.timedOut(), 504),
            (.internalError, 500),
        ]
        for (error, status) in cases {
            #expect(error.status == status)
            #expect(!error.message.isEmpty)
            let type = status == 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error"
            #expect(error.type == type, "\(status)")
        }
    }

    @Test(
        "an upstream's status becomes ours",
        arguments: [
            (400, 400), (413, 400), (422, 400), (429, 429), (401, 502), (403, 502), (404, 502), (500, 502), (503, 502),
            (302, 502),
        ]
    ) func upstream(status: Int, ours: Int) {
        let error = APIError.upstreamStatus(status, message: "their words", retryAfter: "5")
        #expect(error.status == ours)
        #expect(error.retryAfter == (ours == 429 ? "5" : nil))
        #expect(error.shouldRetry == ((401...404).contains(status) ? false : nil))
        #expect(error.message.contains("their words") == (ours != 502))
    }

    @Test("what a client sent is repeated in part only") func clipped() {
        #expect(APIError.unknownRoute(String(repeating: "x", count: 9_000)).message.count < 400)
    }

    @Test("an upstream's words are found in the shapes that providers use") func words() {
        func message(_ body: String) -> String? {
            APIError.message(inUpstreamBody: Array(body.utf8), parser: JSONParser())
        }
        #expect(message(#"{"error":{"message":"no \u00e9","code":1}}"#) == "no é")
        #expect(message(#"{"error":"short"}"#) == "short")
        #expect(message(#"{"object":"error","message":"vllm"}"#) == "vllm")
        #expect(message(#"{"detail":"fastapi"}"#) == "fastapi")
        for body in ["", "<html>", "[]", "3", #"{"error":3}"#, #"{"error":{}}"#] { #expect(message(body) == nil) }
    }
}
