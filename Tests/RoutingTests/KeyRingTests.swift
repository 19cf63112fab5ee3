import Digest
import Settings
import Testing

@testable import Routing

@Suite struct KeyRingTests {
    private func caller(_ header: String?, keys: String?) throws -> String {
        let fixture = try Fixture()
        if let keys { try fixture.write("keys.yaml", keys) }
        let ring = KeyRing(try fixture.settings(server: keys == nil ? "{}" : "{ keys: keys.yaml }"))
        var hash = SHA256()
        return switch ring.caller(authorization: header.map { Array($0.utf8)[...] }, using: &hash) {
        case .anyone: "anyone"
        case .client(let key): key.name
        case .stranger: "stranger"
        }
    }

    private let keys = """
        - { name: one, sha256: \(SHA256.digest(of: "first").hex) }
        - { name: two, sha256: \(SHA256.digest(of: "second").hex) }
        """

    @Test(arguments: [nil, "", "Bearer first", "Basic x"])
    func `without keys everybody may come in, whatever they present`(header: String?) throws {
        #expect(try caller(header, keys: nil) == "anyone")
    }

    @Test(arguments: [
        ("Bearer first", "one"), ("bearer second", "two"), ("BEARER   first", "one"), ("Bearer third", "stranger"),
        ("Bearer firs", "stranger"), ("Bearer first ", "stranger"), ("Bearer", "stranger"), ("Bearer ", "stranger"),
        ("first", "stranger"), ("Basic first", "stranger"), ("Bearerfirst", "stranger"), ("", "stranger"),
    ])
    func `with keys only those who have one may`(header: String, expected: String) throws {
        #expect(try caller(header, keys: keys) == expected)
    }

    @Test func `who presents nothing is a stranger, and an empty file lets nobody in`() throws {
        #expect(try caller(nil, keys: keys) == "stranger")
        #expect(try caller("Bearer first", keys: "[]") == "stranger")
    }

    @Test func `a digest is no key`() throws {
        #expect(try caller("Bearer \(SHA256.digest(of: "first").hex)", keys: keys) == "stranger")
    }
}
