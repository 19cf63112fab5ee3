// SHA-256, fed piece by piece.
//
// libcrypto 3 looks an algorithm up by name under a lock unless it was fetched beforehand, and allocates a context
// per digest unless one is kept. Both cost more than hashing a request does. So the algorithm is fetched once for
// the process, and a `SHA256` keeps one context that `finish()` makes ready for the next digest: a worker owns one
// for all its requests, and a digest allocates nothing here. (libcrypto 3.0 still renews 112 bytes of its own on
// each start, `providers/implementations/digests/sha2_prov.c`; the call that would not is deprecated.)
//
// Who frees what:
//   EVP_MD      fetched once, never freed: it lives as long as the process.
//   EVP_MD_CTX  ours; freed in `deinit`. libcrypto never points back at it, hence a `~Copyable` struct.

import COpenSSL

/// One SHA-256 context, used for any number of digests, one after the other.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(bytes)
/// let digest = hash.finish()      // and ready for the next
/// ```
public struct SHA256: ~Copyable {
    private let context: OpaquePointer  // EVP_MD_CTX *

    public init() {
        guard let context = EVP_MD_CTX_new() else { fatalError("Out of memory: no SHA-256 context.") }
        self.context = context
        let done = EVP_DigestInit_ex2(context, algorithm, nil)
        precondition(done == 1, "libcrypto could not start a SHA-256 digest.")
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        let done = EVP_DigestUpdate(context, start, bytes.count)
        precondition(done == 1, "libcrypto refused to go on with a SHA-256 digest.")
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The text's UTF-8.
    public mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    public mutating func update(_ text: StaticString) {
        precondition(text.hasPointerRepresentation, "A static string of one scalar has no bytes to point at.")
        update(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    public mutating func update(_ digest: Digest32) {
        digest.withUnsafeBytes { update($0) }
    }

    /// Eight bytes, little-endian. Written before a part of variable length, it keeps parts from running together:
    /// ("ab", "c") and ("a", "bc") differ.
    public mutating func update(length: Int) {
        withUnsafeBytes(of: UInt64(length).littleEndian) { update($0) }
    }

    /// The digest of all bytes since the last `finish()`; starts over.
    public mutating func finish() -> Digest32 {
        var digest = Digest32()
        let done = digest.withUnsafeMutableBytes {
            EVP_DigestFinal_ex(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
        }
        precondition(done == 1, "libcrypto could not finish a SHA-256 digest.")
        start()
        return digest
    }

    private func start() {
        let done = EVP_DigestInit_ex2(context, nil, nil)
        precondition(done == 1, "libcrypto could not start a SHA-256 digest.")
    }

    /// The digest of one buffer, with a context of its own: for load time, not for the request path.
    public static func digest(of bytes: [UInt8]) -> Digest32 {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    /// The digest of the text's UTF-8, with a context of its own.
    public static func digest(of text: String) -> Digest32 {
        digest(of: Array(text.utf8))
    }
}

// Shared by all threads: libcrypto never changes a fetched EVP_MD ("EVP_MD_fetch(3)": it is reference counted and
// constant), and this pointer is set once.
private nonisolated(unsafe) let algorithm: OpaquePointer = {
    guard let algorithm = EVP_MD_fetch(nil, "SHA2-256", nil) else {
        fatalError("libcrypto offers no SHA2-256: its default provider is missing or disabled.")
    }
    return algorithm
}()
