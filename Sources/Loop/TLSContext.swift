import COpenSSL

/// A certificate or key that cannot be used, with OpenSSL's reason.
public struct TLSError: Error, Sendable, CustomStringConvertible {
    public let description: String

    static func last(_ what: String) -> TLSError {
        var text = [CChar](repeating: 0, count: 256)
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return TLSError(description: what) }
        ERR_error_string_n(code, &text, text.count)
        let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return TLSError(description: "\(what): \(reason)")
    }
}

/// A server's certificate and key, read once, shared by all loops. TLS 1.2 and newer, HTTP/1.1 in ALPN.
public final class TLSContext: Sendable {
    /// Freed in `deinit`. Unsafe only for the compiler: it is set up before anybody else sees it, and OpenSSL allows
    /// `SSL_new` on one context from many threads ("an SSL_CTX may be shared once it is no longer modified").
    nonisolated(unsafe) let handle: OpaquePointer

    /// - Parameters: paths of PEM files; `certificate` holds the chain, the server's own first.
    public init(certificate: String, key: String) throws(TLSError) {
        guard let handle = SSL_CTX_new(TLS_server_method()) else { throw .last("TLS is not available") }
        self.handle = handle
        _ = SSL_CTX_ctrl(handle, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        // Idle connections give their buffers back: 34 KiB each.
        _ = SSL_CTX_ctrl(handle, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
        // Bit numbers as in openssl/ssl.h (macros that Swift does not import): IGNORE_UNEXPECTED_EOF 7, NO_COMPRESSION
        // 17, NO_RENEGOTIATION 30. A client that goes without close_notify has gone, no more.
        SSL_CTX_set_options(handle, 1 << 7 | 1 << 17 | 1 << 30)
        SSL_CTX_set_alpn_select_cb(
            handle,
            { _, chosen, chosenLength, offered, offeredLength, _ in
                let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
                var index = 0
                while index < list.count {
                    let length = Int(list[index])
                    guard index + 1 + length <= list.count else { break }
                    if list[(index + 1)..<(index + 1 + length)].elementsEqual("http/1.1".utf8) {
                        chosen?.pointee = offered.map { $0 + index + 1 }
                        chosenLength?.pointee = UInt8(length)
                        return SSL_TLSEXT_ERR_OK
                    }
                    index += 1 + length
                }
                return SSL_TLSEXT_ERR_NOACK
            },
            nil
        )
        guard SSL_CTX_use_certificate_chain_file(handle, certificate) == 1 else {
            throw .last("certificate \(certificate)")
        }
        guard SSL_CTX_use_PrivateKey_file(handle, key, SSL_FILETYPE_PEM) == 1 else { throw .last("key \(key)") }
        guard SSL_CTX_check_private_key(handle) == 1 else {
            throw .last("key \(key) does not belong to certificate \(certificate)")
        }
    }

    deinit {
        SSL_CTX_free(handle)
    }
}
