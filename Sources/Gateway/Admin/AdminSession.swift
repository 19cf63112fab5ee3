import Digest
import HTTPServer

/// A browser's session: a cookie that holds when it ends, and a seal that only the admin token's holder can make.
///
/// Nothing is stored, so every gateway with the same token takes it, also after a restart; another token ends it.
/// HttpOnly keeps it from scripts, SameSite=Strict from requests that other sites cause, Secure (under TLS) from plain
/// http.
enum AdminSession {
    static let name = "understudy_admin"
    static let seconds = 12 * 3600

    /// - Parameter now: Unix seconds.
    static func make(token: String, now: Int) -> String {
        let head = "1.\(now + seconds).\(hex(randomBytes(16)))"
        return "\(head).\(seal(head, token))"
    }

    static func isValid(_ cookie: String, token: String, now: Int) -> Bool {
        let parts = cookie.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "1", let end = Int(parts[1]), end > now, end <= now + seconds else {
            return false
        }
        let head = parts[..<3].joined(separator: ".")
        return constantTimeEquals(Array(parts[3].utf8), Array(seal(head, token).utf8))
    }

    private static func seal(_ head: String, _ token: String) -> String {
        hmacSHA256(key: Array(token.utf8), message: Array("understudy session|\(head)".utf8)).hex
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The values of our cookie. More than one where a browser holds them for several paths.
    static func cookies(in headers: HeaderFields) -> [String] {
        headers.all("cookie").flatMap { value in
            String(decoding: value, as: UTF8.self).split(separator: ";").compactMap { pair in
                let pair = pair.drop { $0 == " " }
                return pair.hasPrefix("\(name)=") ? String(pair.dropFirst(name.count + 1)) : nil
            }
        }
    }

    /// The line that hands the cookie out; without one, the line that takes it back.
    static func field(_ cookie: String?, isSecure: Bool) -> String {
        "set-cookie: \(name)=\(cookie ?? ""); Path=/; Max-Age=\(cookie == nil ? 0 : seconds); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure" : "") + "\r\n"
    }
}
