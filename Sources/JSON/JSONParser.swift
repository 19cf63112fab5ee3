internal import CSimdjson

/// simdjson with the buffers it needs, one for each worker.
///
/// Confined to the thread of whoever made it: the buffers are reused from one parse to the next.
public final class JSONParser {
    public init() {}
}

@available(*, unavailable)
extension JSONParser: Sendable {}
