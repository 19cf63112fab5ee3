/// Takes a chunked body out of its framing (RFC 9112, 7.1), in any split. Extensions and trailers are checked and
/// dropped.
///
/// Stricter than the RFC asks where servers are known to disagree: lines end in CRLF only, nothing but an extension may
/// follow a size, no control characters anywhere.
struct ChunkedBody {
    enum Progress: Equatable {
        case more
        case done
        case malformed
        /// The body exceeds the limit.
        case tooLarge
    }

    private enum State {
        /// At a size's first digit -> size.
        case start
        /// In a size -> padding, extension, sizeLF.
        case size
        /// White space after a size; only an extension may follow.
        case padding
        case `extension`
        /// After a size line's CR -> data, or trailerStart after the last chunk.
        case sizeLF
        case data
        case dataCR
        case dataLF
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLF
        case endLF
        case finished
    }

    /// Extensions and trailers together: they are read without being kept, so a bound on them is a bound on time.
    static let overheadLimit = 16384

    private var state = State.start
    private var size = 0
    private var digits = 0
    private var overhead = 0

    /// Appends data to `body` and returns how many of `bytes` belong to this body.
    mutating func take(
        _ bytes: UnsafeBufferPointer<UInt8>,
        into body: inout [UInt8],
        limit: Int
    ) -> (used: Int, progress: Progress) {
        var index = 0
        while index < bytes.count {
            if state == .data {
                let count = min(size, bytes.count - index)
                body.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[index..<(index + count)]))
                size -= count
                index += count
                if size == 0 { state = .dataCR }
                continue
            }
            guard let next = step(bytes[index]) else { return (index, .malformed) }
            state = next
            index += 1
            if state == .finished { return (index, .done) }
            if state == .data, size > limit - body.count { return (index, .tooLarge) }
        }
        return (index, .more)
    }

    private mutating func step(_ byte: UInt8) -> State? {
        switch state {
        case .start, .size:
            if let digit = hexadecimal(byte) {
                digits += 1
                size = size << 4 | digit
                return digits <= 15 ? .size : nil
            }
            guard state == .size else { return nil }
            switch byte {
            case 13: return .sizeLF
            case 0x3b: return .extension
            case 0x20, 0x09: return .padding
            default: return nil
            }
        case .padding:
            if byte == 0x3b { return .extension }
            return byte == 0x20 || byte == 0x09 ? counted(.padding) : nil
        case .extension:
            if byte == 13 { return .sizeLF }
            return isText(byte) ? counted(.extension) : nil
        case .sizeLF:
            guard byte == 10 else { return nil }
            digits = 0
            return size == 0 ? .trailerStart : .data
        case .dataCR:
            return byte == 13 ? .dataLF : nil
        case .dataLF:
            return byte == 10 ? .start : nil
        case .trailerStart:
            if byte == 13 { return .endLF }
            return isToken(byte) ? counted(.trailerName) : nil
        case .trailerName:
            if byte == 0x3a { return .trailerValue }
            return isToken(byte) ? counted(.trailerName) : nil
        case .trailerValue:
            if byte == 13 { return .trailerLF }
            return isText(byte) ? counted(.trailerValue) : nil
        case .trailerLF:
            return byte == 10 ? .trailerStart : nil
        case .endLF:
            return byte == 10 ? .finished : nil
        case .data, .finished:
            return nil
        }
    }

    private mutating func counted(_ next: State) -> State? {
        overhead += 1
        return overhead <= ChunkedBody.overheadLimit ? next : nil
    }

    private func isText(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == 0x09
    }

    private func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte - 0x30)
        case 0x41...0x46: Int(byte - 0x41 + 10)
        case 0x61...0x66: Int(byte - 0x61 + 10)
        default: nil
        }
    }
}
