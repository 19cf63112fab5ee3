import Completions
import Digest
import HTTPClient
import JSON
import Judgment
import Settings

/// A model by the name that its provider gave it: a version that the settings do not name yet.
public struct ModelName: Sendable, Equatable {
    public var model: String
    /// Where it is served; nil: where the route's small model is.
    public var baseURL: String?

    public init(_ model: String, baseURL: String? = nil) {
        self.model = model
        self.baseURL = baseURL
    }
}

/// A model of the route and how it is asked.
struct AskedModel: Sendable {
    let settings: ModelSettings
    let name: String
    let endpoint: UpstreamEndpoint
    let target: UpstreamTarget
    /// The same without the route's prompt and parameters.
    let freeTarget: UpstreamTarget
    let judge: Judge

    /// - Parameter other: in place of the model that the settings name.
    init?(_ role: ModelRole, of route: RouteSettings, other: ModelName? = nil) {
        guard let settings = role == .large ? route.large : route.small, let name = other?.model ?? settings.model
        else { return nil }
        self.settings = settings
        self.name = name
        endpoint = UpstreamEndpoint(
            baseURL: other?.baseURL ?? settings.baseURL,
            apiKey: settings.apiKey,
            caFile: settings.caFile,
            http2: settings.http2,
            connectTimeout: settings.timeout.connect,
            maxAnswer: settings.maxAnswer
        )
        target = UpstreamTarget(
            dialect: settings.api,
            modelName: name,
            prompt: route.prompts.template(for: role),
            ignored: route.prompts.ignored,
            parameters: route.parameters.parameters(for: role),
            context: settings.contextLimit,
            logprobs: role == .small ? route.smallLogprobs : .none
        )
        freeTarget = UpstreamTarget(dialect: settings.api, modelName: name, context: settings.contextLimit)
        judge =
            role == .small
            ? route.judge : Judge(checks: route.judge.checks, confidence: nil, onRefusal: route.judge.onRefusal)
    }

    /// What has limits of its own at a provider.
    var line: String { "\(endpoint.baseURL) \(name)" }

    var path: StaticString { settings.api == .chat ? "/chat/completions" : "/completions" }

    var timeouts: UpstreamTimeouts {
        UpstreamTimeouts(
            firstToken: settings.timeout.firstToken,
            betweenTokens: settings.timeout.betweenTokens,
            total: settings.timeout.total
        )
    }

    /// US dollars; nil where the price or the usage is unknown.
    func cost(of usage: Usage?) -> Double? {
        guard let usage else { return nil }
        return settings.price?.cost(promptTokens: usage.promptTokens, completionTokens: usage.completionTokens)
    }
}

/// What is sent to a model, and what has to be known of it to pay for and judge the answer.
struct Question: Sendable {
    let model: AskedModel
    let body: [UInt8]
    let judge: Judge
    let context: JudgingContext
    let key: Digest32
    /// Tokens that it can take at most: no token is shorter than a byte of the text it stands for.
    let mostPromptTokens: Int
    let mostAnswerTokens: Int

    /// Where nobody says how long an answer may be.
    private static let longAnswer = 16_384

    init(_ request: CompletionRequest, to model: AskedModel, isFree: Bool, sample: Int) throws(AskFailure) {
        let target = isFree ? model.freeTarget : model.target
        do throws(InvalidRequest) {
            let body = try request.encode(for: target)
            self.init(body, request, to: model, target, isFree: isFree, sample: sample)
        } catch {
            throw .unaskable(error)
        }
    }

    /// The same question once more, with the answer that was no good and why: as a turn of the chat, or as more text of
    /// the prompt.
    init(
        again request: CompletionRequest,
        to model: AskedModel,
        after answer: [UInt8],
        because failure: String,
        sample: Int
    ) throws(AskFailure) {
        let first = try Question(request, to: model, isFree: false, sample: sample)
        let answer = String(decoding: answer, as: UTF8.self)
        let objection = """
            That answer was refused: \(failure). Answer the same request again, in the form that was asked for, without \
            that mistake and with nothing else.
            """
        guard case .object(var members) = try? JSONTree.parse(first.body) else {
            preconditionFailure("a request of our own is no object")
        }
        for index in members.indices {
            switch (members[index].name, members[index].value) {
            case ("messages", .array(let messages)):
                members[index].value = .array(
                    messages + [Self.turn("assistant", answer), Self.turn("user", objection)]
                )
            case ("prompt", .string(let prompt)):
                members[index].value = .string("\(prompt)\(answer)\n\n\(objection)\n\n\(prompt)")
            default: continue
            }
        }
        self.init(
            JSONTree.object(members).encode(),
            request,
            to: model,
            model.target,
            isFree: false,
            sample: sample
        )
    }

    private static func turn(_ role: String, _ content: String) -> JSONTree {
        .object([.init(name: "role", value: .string(role)), .init(name: "content", value: .string(content))])
    }

    private init(
        _ body: [UInt8],
        _ request: CompletionRequest,
        to model: AskedModel,
        _ target: UpstreamTarget,
        isFree: Bool,
        sample: Int
    ) {
        self.model = model
        self.body = body
        judge = isFree ? Judge() : model.judge
        context = JudgingContext(for: request)
        mostPromptTokens = body.count
        let limit = request.answerLimit(for: target) ?? model.settings.context ?? Self.longAnswer
        mostAnswerTokens = limit * max(request.n, request.bestOf ?? 1)
        var hash = SHA256()
        hash.update("understudy question 1" as StaticString)
        for part in [model.endpoint.baseURL, model.path.description] {
            hash.update(length: part.utf8.count)
            hash.update(part)
        }
        hash.update(length: body.count)
        hash.update(body)
        hash.update(length: sample)
        key = hash.finish()
    }

    /// US dollars that it can cost at most; 0 where the price is unknown.
    var most: Double {
        model.settings.price?.cost(promptTokens: mostPromptTokens, completionTokens: mostAnswerTokens) ?? 0
    }

    /// What it will probably take, in tokens of the input and of the answer.
    var likelyPromptTokens: Int { Int((Double(body.count) / model.settings.bytesPerToken).rounded(.up)) }

    /// The prompt in a body as sent: the messages of a chat, or a text. JSON.
    var prompt: [UInt8] {
        guard let body = try? JSONTree.parse(body) else { return [] }
        return (model.settings.api == .chat ? body["messages"] : body["prompt"])?.encode() ?? []
    }
}
