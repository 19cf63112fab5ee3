import Completions
import Foundation
import HTTPServer
import Harvest
import JSON
import Settings
import Synchronization

@testable import Console

/// What a gateway would be for the pages: settings, and a store in a file of its own.
final class TestHost: ConsoleHost {
    let settings: GatewaySettings
    let reviews: any Store
    private let directory: URL
    private let noted = Mutex<(audit: [String], forgotten: [String])>(([], []))

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "console-\(UUID().uuidString)")
        settings = try sampleSettings(spool: directory.path + "/spool")
        reviews = try KnownStores.open("sqlite:\(directory.path)/understudy.db")
    }

    /// Where training files are written.
    var exports: String { directory.path + "/exports" }

    func end() async {
        await reviews.close()
        try? FileManager.default.removeItem(at: directory)
    }

    func forget(_ keys: [String]) async { noted.withLock { $0.forgotten += keys } }

    func audit(
        _ what: String,
        by who: String,
        route: String?,
        _ facts: [(name: String, value: String)],
        isInStore: Bool
    ) async {
        let line = ([what, "by=\(who)"] + facts.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
        noted.withLock { $0.audit.append(line) }
    }

    var audited: [String] { noted.withLock { $0.audit } }
    var forgotten: [String] { noted.withLock { $0.forgotten } }
}

/// One reviewer's browser, without the browser.
struct TestPage {
    let console: Console
    var reviewer = "Ada"

    func post(_ path: String, _ members: [(String, JSONTree)] = []) async throws -> (status: Int, json: JSONTree) {
        let body = [("reviewer", JSONTree.string(reviewer))] + members
        let request = HTTPRequest(
            method: .post,
            target: "/admin/v1/review/\(path)",
            headers: [("content-type", "application/json")],
            body: JSONTree.object(body.map { .init(name: $0.0, value: $0.1) }).encode()
        )
        return try await answer(request, path)
    }

    func get(_ path: String, _ query: String = "") async throws -> (status: Int, json: JSONTree) {
        let request = HTTPRequest(method: .get, target: "/admin/v1/review/\(path)?reviewer=\(reviewer)&\(query)")
        return try await answer(request, path)
    }

    private func answer(_ request: HTTPRequest, _ path: String) async throws -> (Int, JSONTree) {
        do throws(APIError) {
            guard let reply = try await console.reply(request, path: "/admin/v1/review/\(path)") else {
                return (404, .null)
            }
            return (reply.status, (try? JSONTree.parse(reply.body)) ?? .null)
        } catch {
            return (error.status, (try? JSONTree.parse(error.encode())) ?? .null)
        }
    }

    /// Takes what there is on a route.
    func take(_ route: String = "search") async throws -> [JSONTree] {
        try await post("take", [("route", .string(route)), ("count", .int(20))]).json["data"]?.array ?? []
    }

    /// Where a model's answer stands, known by its text.
    static func place(of text: String, in item: JSONTree) -> String {
        item["sides"]?[0]?["text"]?.string == text ? "left" : "right"
    }
}
