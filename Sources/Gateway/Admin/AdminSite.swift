// How the web pages hang on the admin port. The gateway knows none of them: whoever starts it (`understudy serve`, a
// room above) hands it a value of this protocol, and the room that has the pages (Console) is no part of this one. So
// no arrow goes up or sideways.

public import Completions
public import HTTPServer

/// What else the admin port serves, beside what `AdminAnswer` knows.
///
/// Called on the desk's loop: an answer that takes long has to be worked on elsewhere, or holds up scrapes and reloads.
public protocol AdminSite: AnyObject, Sendable {
    /// What anybody may see, the token's holder or not: the page that asks for the token, and what it needs to look
    /// right. Nil: there is no such thing at this path.
    func publicReply(_ request: HTTPRequest, path: String) -> HTTPReply?

    /// Where a browser is sent that asks for a page and has not logged in. Nil: nowhere, it gets the error.
    func loginPath(for request: HTTPRequest) -> String?

    /// The answer for a caller who may: `Host`, token or session, origin and write token have been checked.
    /// Nil: not a path of this site.
    func reply(_ request: HTTPRequest, path: String) async throws(APIError) -> HTTPReply?
}
