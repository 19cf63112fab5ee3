// What secrets need: a keyed digest, a comparison that takes the same time wherever the difference is, and bytes
// that nobody can guess.

import COpenSSL

/// HMAC with SHA-256 (RFC 2104). Allocates; not for the request path.
public func hmacSHA256(key: [UInt8], message: [UInt8]) -> Digest32 {
    var digest = Digest32()
    let done = digest.withUnsafeMutableBytes { output in
        // An empty Swift array may have no address, and HMAC() takes a missing key for "the one before".
        key.isEmpty
            ? hmac([0], 0, message, output)
            : hmac(key, key.count, message, output)
    }
    precondition(done, "libcrypto could not compute an HMAC.")
    return digest
}

private func hmac(_ key: [UInt8], _ count: Int, _ message: [UInt8], _ output: UnsafeMutableRawBufferPointer) -> Bool {
    HMAC(
        EVP_sha256(),
        key,
        CInt(count),
        message,
        message.count,
        output.baseAddress?.assumingMemoryBound(to: UInt8.self),
        nil
    ) != nil
}

/// Whether both hold the same bytes; takes the same time wherever they differ. Lengths are no secret.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// Whether both digests are the same; takes the same time wherever they differ.
public func constantTimeEquals(_ left: Digest32, _ right: Digest32) -> Bool {
    left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, 32) == 0 }
    }
}

/// `count` bytes from libcrypto's generator, good enough for keys. Traps if the system gives no entropy: going on
/// with guessable keys would be worse.
public func randomBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        precondition(count == 0 || RAND_bytes(buffer.baseAddress, CInt(count)) == 1, "No random bytes to be had.")
        filled = count
    }
}
