import Completions
import Digest
import Harvest
import Routing

/// What exchange records say of a request itself.
struct RequestFacts: Sendable {
    var version = NameIndex.none
    var shareHash: UInt64 = 0
    var inputCharacters: UInt32 = 0
    var maximumTokens: UInt32 = 0
    var choices: UInt16 = 1
    var rule: Int16 = -1
    var flags: ExchangeRecord.Flags = []

    init(_ request: CompletionRequest?, _ choice: RouteChoice?, _ names: RecordNames, material: Digest32?) {
        if let choice {
            version = names.version(choice.version)
            rule = choice.ruleIndex.map { Int16(clamping: $0) } ?? -1
            if choice.isClients { flags.insert(.chosenByClient) }
        }
        shareHash = material?.leadingWord ?? 0
        guard let request else { return }
        inputCharacters = UInt32(clamping: request.inputCharacters)
        maximumTokens = UInt32(clamping: request.maxTokens ?? 0)
        choices = UInt16(clamping: request.n)
        if request.hasTools { flags.insert(.tools) }
        if request.hasResponseFormat { flags.insert(.responseFormat) }
        if request.stream { flags.insert(.stream) }
    }
}
