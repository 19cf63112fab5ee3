#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Server-sent events out of bytes that are split anywhere: WHATWG HTML, section 9.2 "Server-sent events".
///
///     bytes ──► lines (CR, LF, CRLF) ──► fields ──► an event at each empty line
///
/// Only `data` matters here: several lines of it are joined by LF. Comments and the other fields are read over, a byte
/// order mark at the very beginning too. An event's one line of data is shown where it lies in the buffer; only events
/// of several lines are put together.
///
/// Invariants
/// - `line ... bytes.count` is what has not been read yet; up to `scanned` it holds no end of a line.
/// - What was read and is needed no more leaves the buffer at the next `feed`.
/// - What is read, and what is refused, does not depend on how the bytes were split.
public struct EventReader: Sendable {
    /// An event, or a line that belongs to none, is longer than the limit.
    public struct TooLarge: Error, Sendable, Equatable {}

    /// The most bytes of data an event may have; about as many as are ever kept.
    private let limit: Int
    private var bytes: [UInt8] = []
    /// Where the line that is being read begins.
    private var line = 0
    private var scanned = 0
    /// Up to here, from `scanned` on, there is no LF.
    private var lineFeed = 0
    /// The line before ended with CR: an LF that comes now belongs to it.
    private var skipsLineFeed = false
    private var isAtStart = true

    /// The event's only line of data so far, in `bytes`.
    private var data: Range<Int>?
    /// All lines of data, where there are several.
    private var joined: [UInt8] = []
    private var isJoined = false
    /// The event is whole and stands to be looked at.
    private var isWhole = false
    /// A line of data has come to its end.
    private var hasReadData = false

    public init(limit: Int) { self.limit = limit }

    /// Whether there was data in the bytes fed last, once `next` has found no more: comments, other fields and empty
    /// lines are bytes that say nothing.
    public var saysSomething: Bool { hasReadData || isInData }

    public mutating func feed(_ more: UnsafeRawBufferPointer) {
        if isWhole { clear() }
        hasReadData = false
        let keep = data?.lowerBound ?? line
        if keep == bytes.count {
            bytes.removeAll(keepingCapacity: true)
        } else if keep > 0 {
            bytes.removeSubrange(0..<keep)
        }
        line -= keep
        scanned -= keep
        lineFeed = max(0, lineFeed - keep)
        data = data.map { $0.lowerBound - keep..<$0.upperBound - keep }
        bytes.append(contentsOf: more)
    }

    /// Whether there is a further event; `withData` shows it until the next call.
    public mutating func next() throws(TooLarge) -> Bool {
        if isWhole { clear() }
        if isAtStart, !passMark() { return false }
        while true {
            if skipsLineFeed {
                guard line < bytes.count else { return false }
                if bytes[line] == UInt8(ascii: "\n") { line += 1 }
                scanned = max(scanned, line)
                skipsLineFeed = false
            }
            let end = lineEnd()
            if size + (end ?? bytes.count) - line > limit { throw TooLarge() }
            guard let end else {
                scanned = bytes.count
                return false
            }
            let content = line..<end
            skipsLineFeed = bytes[end] == UInt8(ascii: "\r")
            line = end + 1
            scanned = line
            if !content.isEmpty {
                read(content)
            } else if data != nil || isJoined {
                isWhole = true
                return true
            }
        }
    }

    /// The bytes have ended. The standard drops an event without its empty line; here it counts if it says something,
    /// and the caller finds out whether it is whole.
    public mutating func finish() throws(TooLarge) -> Bool {
        let end: [UInt8] = [0x0A, 0x0A]
        end.withUnsafeBytes { feed($0) }
        return try next()
    }

    /// The data of the event that `next` has found.
    public func withData<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lies = data ?? 0..<0
        return try (isJoined ? joined : bytes).withUnsafeBufferPointer { bytes throws(Failure) in
            try body(isJoined ? bytes : UnsafeBufferPointer(rebasing: bytes[lies]))
        }
    }

    /// The data in one line, with spaces for line ends: the same JSON, where it is JSON.
    public func dataInOneLine() -> [UInt8] {
        guard isJoined else { return Array(bytes[data ?? 0..<0]) }
        return joined.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
    }

    /// The line that has not ended yet is one of data. Where there is such a line, bytes of it were fed last.
    private var isInData: Bool {
        let name: StaticString = "data:"
        guard bytes.count - line > name.utf8CodeUnitCount else { return false }
        for index in 0..<name.utf8CodeUnitCount where bytes[line + index] != name.utf8Start[index] { return false }
        return true
    }

    /// Bytes of data so far.
    private var size: Int { isJoined ? joined.count + 1 : data.map { $0.count + 1 } ?? 0 }

    private mutating func clear() {
        data = nil
        isWhole = false
        if isJoined { joined.removeAll(keepingCapacity: true) }
        isJoined = false
    }

    /// False as long as the beginning may be a part of U+FEFF.
    private mutating func passMark() -> Bool {
        let mark: StaticString = "\u{FEFF}"
        for index in 0..<mark.utf8CodeUnitCount {
            guard index < bytes.count else { return false }
            guard bytes[index] == mark.utf8Start[index] else {
                isAtStart = false
                return true
            }
        }
        line = mark.utf8CodeUnitCount
        scanned = line
        isAtStart = false
        return true
    }

    /// A line that is not empty. A comment begins with a colon: a field without a name.
    private mutating func read(_ content: Range<Int>) {
        let name: StaticString = "data"
        let length = name.utf8CodeUnitCount
        guard content.count >= length else { return }
        for index in 0..<length where bytes[content.lowerBound + index] != name.utf8Start[index] { return }
        var start = content.lowerBound + length
        if start < content.upperBound {
            guard bytes[start] == UInt8(ascii: ":") else { return }
            start += 1
            if start < content.upperBound, bytes[start] == UInt8(ascii: " ") { start += 1 }
        }
        append(start..<content.upperBound)
    }

    private mutating func append(_ value: Range<Int>) {
        if !value.isEmpty { hasReadData = true }
        if let first = data {
            joined += bytes[first]
            data = nil
            isJoined = true
        }
        guard isJoined else {
            data = value
            return
        }
        joined.append(UInt8(ascii: "\n"))
        joined += bytes[value]
    }

    /// Where the first CR or LF from `scanned` on is. Each byte is looked at once for either, however lines end: where
    /// the next LF is, is remembered while lines end with CR.
    private mutating func lineEnd() -> Int? {
        lineFeed = max(lineFeed, scanned)
        if lineFeed == bytes.count || bytes[lineFeed] != UInt8(ascii: "\n") {
            lineFeed = Self.first(UInt8(ascii: "\n"), in: bytes, lineFeed..<bytes.count) ?? bytes.count
        }
        if let end = Self.first(UInt8(ascii: "\r"), in: bytes, scanned..<lineFeed) { return end }
        return lineFeed < bytes.count ? lineFeed : nil
    }

    private static func first(_ byte: UInt8, in bytes: [UInt8], _ range: Range<Int>) -> Int? {
        bytes.withUnsafeBytes { bytes in
            guard !range.isEmpty, let base = bytes.baseAddress else { return nil }
            return memchr(base + range.lowerBound, CInt(byte), range.count).map { UnsafeRawPointer($0) - base }
        }
    }
}
