import Digest
import Judgment
import Settings
import Testing

@testable import Routing

/// Versions in the place of a route's small model, as choice and cache key have them.
@Suite struct VersionTests {
    @Test func `another version has other answers in the cache, and the version before finds its own again`() throws {
        let fixture = try Fixture()
        let file = try fixture.settings("rules: [{ when: { header: { x-a: b } }, small: s }]")
        func key(_ settings: GatewaySettings, _ headers: [String: String] = [:]) throws -> String {
            try fixture.plan(settings).cacheKey(Request.chat(), headers: headers)
        }
        let route = try #require(file.routes["r"])
        let promoted = file.serving(["r": route.serving("tiny-2", threshold: nil)])
        let elsewhere = file.serving(["r": route.serving("tiny", at: "http://127.0.0.1:9/v1", threshold: nil)])
        let back = file.serving(["r": route.serving("tiny", threshold: nil)])
        #expect(Set([try key(file), try key(promoted), try key(elsewhere)]).count == 3)
        #expect(try key(back) == key(file))
        #expect(promoted.version == file.version)
        let choice = try fixture.plan(promoted).choose(Request.chat())
        #expect((choice.model.name, choice.model.model) == ("s", "tiny-2"))
        // A rule that names the same entry means the version that is in its place.
        let ruled = try fixture.plan(promoted).choose(Request.chat(), headers: ["x-a": "b"])
        #expect(ruled.model.model == "tiny-2")
    }

    @Test func `an entry that is not trained is, with a version; a route without small stays without`() throws {
        let fixture = try Fixture()
        let file = try fixture.settings(small: "{ base_url: http://127.0.0.1:1, api: chat }")
        #expect(try fixture.plan(file).choose(Request.chat()).reason == .noSmall)
        let promoted = file.serving(["r": try #require(file.routes["r"]).serving("tiny", threshold: nil)])
        #expect(try fixture.plan(promoted).choose(Request.chat()).role == .small)
        let other = try #require(file.routes["other"])
        #expect(other.serving("tiny", threshold: nil) === other)
    }

    @Test func `each side of a trial has its own place in the cache`() throws {
        let fixture = try Fixture()
        let route = try #require(fixture.settings().routes["r"])
        let request = try Request.chat()
        let keys = ["", "1 challenger", "1 control", "2 control"].map { arm in
            RoutePlan(route, environment: "production", arm: arm).cacheKey(request)
        }
        #expect(Set(keys).count == 4)
        #expect(try keys[0] == fixture.plan(fixture.settings()).cacheKey(request))
    }

    @Test func `draws with other salts are independent, and each share is met`() {
        var hash = SHA256()
        var counts = (first: 0, both: 0)
        for number in 0..<4000 {
            hash.update(length: number)
            let material = hash.finish()
            let first = Share.position(of: material, salt: "one") < 0.3
            #expect(first == (Share.position(of: material, salt: "one") < 0.3))
            if first { counts.first += 1 }
            if first, Share.position(of: material, salt: "two") < 0.3 { counts.both += 1 }
        }
        #expect((1080...1320).contains(counts.first))
        #expect((290...430).contains(counts.both))
    }
}
