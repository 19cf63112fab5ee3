import HTTPServer
import Settings

/// What a client asks of the cache, in `cache-control`; what its key may not ask is ignored, not failed.
struct ClientWishes {
    /// `cache-control: no-cache`: do not answer from a cache.
    var skipsStored = false
    /// `cache-control: no-store`: do not remember the answer. About the cache only, harvest is `store`'s.
    var forbidsStoring = false
    /// `cache-control: max-age=N`: a stored answer may be this old, in seconds.
    var maxAge: Int?
    /// A header was sent that makes this request unlike others with the same body.
    private(set) var areSpecial = false

    /// Whether a stored answer, or another's flight, will do; neither for `no-cache` nor for `no-store`.
    var mayRecall: Bool { !skipsStored && !forbidsStoring }

    init() {}

    /// - Parameter client: nil where no keys are configured, and then everything is allowed.
    init(headers: HeaderFields, client: ClientKey?) {
        func may(_ permission: ClientKey.Permission) -> Bool { client?.may.contains(permission) ?? true }
        let isControlled = headers["cache-control"] != nil
        areSpecial = isControlled || headers["x-understudy-use"] != nil
        guard isControlled else { return }
        // Several lines mean the same as one with commas (RFC 9110, 5.3).
        for line in headers.all("cache-control") {
            for part in line.split(separator: UInt8(ascii: ",")) {
                let directive = part.trimmed
                if directive.equalsIgnoringCase("no-store") {
                    forbidsStoring = true
                } else if directive.equalsIgnoringCase("no-cache") {
                    if may(.noCache) { skipsStored = true }
                } else if directive.count > 8, directive.prefix(8).equalsIgnoringCase("max-age="), may(.noCache) {
                    let age = Int(String(decoding: directive.dropFirst(8), as: UTF8.self)) ?? -1
                    if age >= 0 { maxAge = min(maxAge ?? age, age) }
                }
            }
        }
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at both ends.
    var trimmed: ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let last = lastIndex(where: { !isBlank($0) }) else { return [] }
        return self[...last].drop(while: isBlank)
    }

    /// - Parameter text: lower-case ASCII.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return withUnsafeBufferPointer { bytes in
            for index in 0..<bytes.count {
                let byte = bytes[index]
                let wanted = text.utf8Start[index]
                guard byte == wanted || ((0x41...0x5A).contains(byte) && byte | 0x20 == wanted) else { return false }
            }
            return true
        }
    }
}
