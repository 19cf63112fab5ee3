import Loop

/// Stands for a text in exchange records. 0 is the empty one: nothing.
public struct NameIndex: Sendable, Hashable, BitwiseCopyable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let none = NameIndex(rawValue: 0)
}

/// The texts that exchange records refer to: routes, models, contracts, versions, reasons. One for the process.
///
/// Look a name up when settings are loaded, not for each exchange (it takes a lock and hashes). Only for texts out of
/// the settings and closed lists: the table grows and never shrinks, so nothing that a client chooses goes in.
public final class ExchangeNames: Sendable {
    private struct State {
        var texts = [""]
        var indices: [String: UInt32] = ["": 0]
    }

    private let state = Lock(State())

    public init() {}

    /// The same index for the same text, always.
    public func index(of text: String) -> NameIndex {
        state.withLock { state in
            if let index = state.indices[text] { return NameIndex(rawValue: index) }
            let index = UInt32(state.texts.count)
            state.texts.append(text)
            state.indices[text] = index
            return NameIndex(rawValue: index)
        }
    }

    /// The texts from an index on.
    func texts(from first: Int) -> [String] {
        state.withLock { state in first < state.texts.count ? Array(state.texts[first...]) : [] }
    }
}
