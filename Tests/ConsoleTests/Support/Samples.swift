import Harvest
import JSON
import Settings

@testable import Console

/// Settings of a few routes, as the gateway would have them in force.
func sampleSettings(spool: String = "spool") throws -> GatewaySettings {
    let yaml = """
        harvest: { spool: '\(spool)' }
        models:
          small: { base_url: 'http://127.0.0.1:1/v1', api: completions, model: ft:small }
          large: { base_url: 'http://127.0.0.1:1/v1', api: chat, model: big-one }
        routes:
          search:
            small: small
            large: large
            kind: dsl
            checks: [finished, { regex: '^[a-z:]+( [a-z:]+)*$' }]
            confidence: { score: min_logprob, threshold: -1 }
          labels: { small: small, large: large, checks: [{ one_of: [bug, feature] }] }
          facts: { small: small, large: large, checks: [json] }
        """
    return try GatewaySettings.load(text: yaml, file: "understudy.yaml", environment: [:])
}

extension Candidate {
    static func sample(
        route: String = "search",
        ask: String = "where is it",
        small: String? = #"[{"text":" kind:file","finish_reason":"stop"}]"#,
        large: String? = chat("kind:method"),
        reason: String = "low_confidence"
    ) -> Candidate {
        Candidate(
            requestID: "r",
            route: route,
            environment: "test",
            contract: "c",
            version: "v1",
            reason: reason,
            request: JSONTree.object([
                .init(
                    name: "messages",
                    value: .array([
                        .object([
                            .init(name: "role", value: .string("system")),
                            .init(name: "content", value: .string("Be short.")),
                        ]),
                        .object([
                            .init(name: "role", value: .string("user")), .init(name: "content", value: .string(ask)),
                        ]),
                    ])
                )
            ]).encode(),
            prompt: Prompt(
                small: Array(#""where is it ->""#.utf8),
                large: Array(#"[{"role":"user","content":"x"}]"#.utf8)
            ),
            small: small.map { Answer(model: "ft:small", choices: Array($0.utf8), milliseconds: 12.5) },
            large: large.map { Answer(model: "big-one", choices: Array($0.utf8), cost: 0.25, milliseconds: 300) },
            score: -2,
            threshold: -1,
            cacheKey: String(repeating: "ab", count: 32)
        )
    }

    /// The choices of a chat model that says this.
    static func chat(_ text: String) -> String {
        let content = String(decoding: JSONTree.string(text).encode(), as: UTF8.self)
        return #"[{"index":0,"message":{"role":"assistant","content":\#(content)},"finish_reason":"stop"}]"#
    }
}

/// An order of sides, always the same.
let sampleOrder = SideOrder(key: Array("a key".utf8))

extension ShownItem {
    /// As the page gets it.
    var json: JSONTree {
        get throws {
            var writer = JSONWriter()
            write(to: &writer)
            return try JSONTree.parse(writer.bytes)
        }
    }
}
