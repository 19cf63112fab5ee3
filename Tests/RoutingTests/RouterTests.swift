import Routing
import Settings
import Testing

@Suite struct RouterTests {
    @Test func `a name leads to its route's plan`() throws {
        let settings = try Fixture().settings()
        guard case .plan(let plan) = Router(settings).route(Array("r".utf8), for: nil) else {
            Issue.record("no plan")
            return
        }
        #expect(plan.route.name == "r")
    }

    @Test(arguments: ["", "R", "r ", "nobody"])
    func `a name of no route leads nowhere`(name: String) throws {
        let settings = try Fixture().settings()
        guard case .unknown = Router(settings).route(Array(name.utf8), for: nil) else {
            Issue.record("'\(name)' led somewhere")
            return
        }
    }

    @Test func `a key that is limited to routes gets no other`() throws {
        let fixture = try Fixture()
        let sha = String(repeating: "0", count: 64)
        try fixture.write("keys.yaml", "- { name: a, sha256: \(sha), routes: [r] }")
        let settings = try fixture.settings(server: "{ keys: keys.yaml }")
        let key = try #require(settings.keys.first)
        let router = Router(settings)
        guard case .plan = router.route(Array("r".utf8), for: key),
            case .notAllowed = router.route(Array("other".utf8), for: key),
            case .unknown = router.route(Array("none".utf8), for: key)
        else {
            Issue.record("the key's routes were not kept")
            return
        }
    }
}
