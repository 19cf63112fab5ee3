import HTTPServer

/// The header `traceparent` of W3C Trace Context (https://www.w3.org/TR/trace-context/#traceparent-header), as far as
/// we understand it: the trace's id, for the access log. Nothing is forwarded, sampled or decided by it.
///
///     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
///     version, trace id, parent id, flags; a version to come may have more behind another dash
struct TraceParent: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits, not all of them zero: safe in a log line as it is. A view of the header.
    let traceID: ArraySlice<UInt8>

    /// - Returns: nil for no header, and for one that is malformed: a receiver then goes on as if there were none
    ///   (section 4.3 there).
    init?(_ header: ArraySlice<UInt8>?) {
        guard let header, header.count >= Self.length else { return nil }
        func part(_ start: Int, _ count: Int) -> ArraySlice<UInt8>? {
            let from = header.startIndex + start
            let part = header[from..<from + count]
            return part.allSatisfy(Self.isDigit) ? part : nil
        }
        func isDash(_ index: Int) -> Bool { header[header.startIndex + index] == UInt8(ascii: "-") }
        guard let version = part(0, 2), isDash(2), let traceID = part(3, 32), isDash(35), let parentID = part(36, 16),
            isDash(52), part(53, 2) != nil
        else { return nil }
        // "Version 255 is invalid"; only later versions than this one, 00, may be longer.
        if version.elementsEqual("ff".utf8) { return nil }
        if header.count > Self.length, version.elementsEqual("00".utf8) || !isDash(Self.length) { return nil }
        guard traceID.contains(where: { $0 != Self.zero }), parentID.contains(where: { $0 != Self.zero }) else {
            return nil
        }
        self.traceID = traceID
    }

    /// Of a request: nil too where the header is there twice.
    init?(of request: HTTPRequest) {
        guard let header = request.headers["traceparent"], request.headers.all("traceparent").count == 1 else {
            return nil
        }
        self.init(header)
    }

    private static let length = 55
    private static let zero = UInt8(ascii: "0")

    /// Lower case only: "HEXDIGLC".
    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
