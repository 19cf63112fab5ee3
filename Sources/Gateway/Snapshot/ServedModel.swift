import Completions
import HTTPClient
import JSON
import Loop
import Settings

/// A model in its role on a route: how it is reached and what it is asked.
final class ServedModel: Sendable {
    let settings: ModelSettings
    /// Our name for it: the entry in the settings.
    let name: String
    /// The provider's name for it.
    let modelName: String
    let dialect: Dialect
    let path: StaticString
    let endpoint: UpstreamEndpoint
    let timeouts: UpstreamTimeouts
    let admission: Admission
    let meter: ModelMeter
    /// Where its connections are in every worker's list (`Lines`).
    let line: Int
    /// The first stop sequence that the route sets: what completions end with in training files.
    let firstStop: String?
    /// How it is asked, but for the log-probabilities that a client wants beyond the route's.
    private let asked: UpstreamTarget

    /// - Parameter admission: one for the process; it outlives a reload that leaves the endpoint as it was.
    init(_ settings: ModelSettings, admission: Admission, line: Int, meter: ModelMeter) {
        self.settings = settings
        name = settings.name
        modelName = settings.model ?? ""
        dialect = settings.api
        path = settings.api == .chat ? "/chat/completions" : "/completions"
        endpoint = UpstreamEndpoint(settings)
        timeouts = UpstreamTimeouts(
            firstToken: settings.timeout.firstToken,
            betweenTokens: settings.timeout.betweenTokens,
            total: settings.timeout.total
        )
        self.admission = admission
        self.line = line
        self.meter = meter
        asked = UpstreamTarget(dialect: dialect, modelName: modelName, context: settings.contextLimit)
        firstStop = nil
    }

    private init(_ model: ServedModel, as role: ModelRole, on route: RouteSettings) {
        settings = model.settings
        name = model.name
        modelName = model.modelName
        dialect = model.dialect
        path = model.path
        endpoint = model.endpoint
        timeouts = model.timeouts
        admission = model.admission
        line = model.line
        meter = model.meter
        var asked = route.target(for: model.settings, as: role)
        if role == .small { asked.logprobs = route.smallLogprobs }
        self.asked = asked
        firstStop = asked.parameters.first { $0.name == "stop" }.flatMap { Self.firstText($0.value) }
    }

    /// The same model, asked the way a route wants it asked in that role.
    func playing(_ role: ModelRole, on route: RouteSettings) -> ServedModel {
        ServedModel(self, as: role, on: route)
    }

    /// A JSON string, or the first one of an array.
    private static func firstText(_ value: [UInt8]) -> String? {
        guard let tree = try? JSONTree.parse(value) else { return nil }
        return tree.string ?? tree[0]?.string
    }

    /// Asks for at least the log-probabilities that the client wants too.
    func target(for request: CompletionRequest) -> UpstreamTarget {
        guard request.wantsLogprobs else { return asked }
        var target = asked
        if case .top(let own) = asked.logprobs {
            target.logprobs = .top(max(own, request.topLogprobs))
        } else {
            target.logprobs = .top(request.topLogprobs)
        }
        return target
    }

    /// The effective limit on the answer's tokens, the smaller of the route's and the client's; nil: none is known.
    func tokenLimit(for request: CompletionRequest) -> Int? {
        request.answerLimit(for: asked)
    }

    /// US dollars; nil where the price or the usage is unknown.
    func cost(of usage: Usage?) -> Double? {
        guard let usage, let price = settings.price else { return nil }
        return price.cost(promptTokens: usage.promptTokens, completionTokens: usage.completionTokens)
    }
}

extension UpstreamEndpoint {
    init(_ settings: ModelSettings) {
        self.init(
            baseURL: settings.baseURL,
            apiKey: settings.apiKey,
            caFile: settings.caFile,
            http2: settings.http2,
            connectTimeout: settings.timeout.connect,
            maxAnswer: settings.maxAnswer
        )
    }
}
