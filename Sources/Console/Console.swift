// The web pages on the admin port, and the API that only they use.
//
//   GET /            a browser is sent to /review
//   GET /review      the review page; the rest of its work goes through /admin/v1/review/... (Review/ReviewAPI.swift)
//   GET /models      the page of models; the rest of its work goes through /admin/v1/models, cycles (Models/ModelsAPI.swift)
//   GET /login       asks for the admin token, where one is set
//   GET /assets/...  scripts, style, icon
//
// Pages are files of their own (Pages/): HTML, CSS and ES modules as they are, without a build step. Nothing of a
// candidate is ever written into a page here: pages are the same for everybody, and texts come as JSON.

public import Completions
public import HTTPServer

/// Serves the pages. On the loop of whoever calls.
public final class Console: Sendable {
    private let shelf = PageShelf()
    private let review: ReviewAPI
    private let models: ModelsAPI

    /// - Parameter cycles: nil where the page Models may only look.
    public init(host: any ConsoleHost, cycles: (any CycleControl)? = nil) {
        review = ReviewAPI(host: host)
        models = ModelsAPI(host: host, cycles: cycles)
    }

    /// What anybody may see: the page that asks for the token, and the files of all pages, which hold no data.
    public func publicReply(_ request: HTTPRequest, path: String) -> HTTPReply? {
        guard request.method == .get || request.method == .head else { return nil }
        return path == "/login" ? shelf.document(path) : shelf.asset(path)
    }

    /// Browsers say what they want to see; a program gets the plain error.
    public func loginPath(for request: HTTPRequest) -> String? {
        guard request.wantsPage else { return nil }
        return String(decoding: request.path, as: UTF8.self) == "/models" ? "/login#/models" : "/login"
    }

    /// - Returns: nil where there is no such path here.
    public func reply(_ request: HTTPRequest, path: String) async throws(APIError) -> HTTPReply? {
        if path.hasPrefix(ReviewAPI.prefix) { return try await review.reply(request, path: path) }
        if let reply = try await models.reply(request, path: path) { return reply }
        guard request.method == .get || request.method == .head else { return nil }
        if path == "/" {
            guard request.wantsPage else { return nil }
            return HTTPReply(status: 303, fields: Array("location: /review\r\ncache-control: no-store\r\n".utf8))
        }
        return shelf.document(path)
    }
}

extension HTTPRequest {
    fileprivate var wantsPage: Bool {
        guard method == .get || method == .head, let accept = headers["accept"] else { return false }
        return String(decoding: accept, as: UTF8.self).contains("text/html")
    }
}
