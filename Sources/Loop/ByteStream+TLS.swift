import CEvent
import COpenSSL
import Glibc

/// The TLS side of a stream: libevent's bufferevent over OpenSSL.
extension ByteStream {
    private static func from(_ context: UnsafeMutableRawPointer?) -> ByteStream {
        Unmanaged<ByteStream>.fromOpaque(context!).takeUnretainedValue()
    }

    func startTLS(_ tls: TLSContext, _ me: UnsafeMutableRawPointer) -> OpaquePointer {
        // The bufferevent owns both the SSL and the descriptor.
        guard let ssl = SSL_new(tls.handle),
            let secure = bufferevent_openssl_socket_new(
                loop.base,
                descriptor,
                ssl,
                BUFFEREVENT_SSL_ACCEPTING,
                CInt(BEV_OPT_CLOSE_ON_FREE.rawValue)
            )
        else { fatalError("out of memory for a TLS stream") }
        bufferevent_openssl_set_allow_dirty_shutdown(secure, 1)
        bufferevent_setcb(
            secure,
            { _, context in ByteStream.from(context).deliverSecure() },
            { _, context in ByteStream.from(context).secureDrained() },
            { _, flags, context in ByteStream.from(context).secureEvent(flags) },
            me
        )
        bufferevent_setwatermark(secure, Int16(EV_READ), 0, 65536)
        // Each write is progress, not only the one that leaves nothing.
        bufferevent_setwatermark(secure, Int16(EV_WRITE), Int.max, 0)
        bufferevent_enable(secure, Int16(EV_READ) | Int16(EV_WRITE))
        return secure
    }

    func deliverSecure() {
        // Copied to the scratch buffer in pieces, so that the owner sees whole reads as it does with plain streams.
        while !isClosed, isReading, let secure {
            let scratch = loop.scratch
            let count = evbuffer_remove(bufferevent_get_input(secure), scratch.baseAddress, scratch.count)
            guard count > 0 else { return }
            owner.streamReceived(self, UnsafeRawBufferPointer(rebasing: scratch[..<Int(count)]))
        }
    }

    fileprivate func secureDrained() {
        if !isClosed { owner.streamAdvanced(self) }
    }

    fileprivate func secureEvent(_ flags: Int16) {
        if flags & Int16(BEV_EVENT_EOF) != 0 {
            deliverSecure()
            end(isBroken: false)
        } else if flags & Int16(BEV_EVENT_ERROR) != 0 {
            end(isBroken: true)
        }
        // OpenSSL's queue of errors is one per thread: what this connection left must not be read by another.
        ERR_clear_error()
    }

    /// Sends close_notify, without waiting for the peer's.
    func sayGoodbye(_ secure: OpaquePointer) {
        guard let ssl = bufferevent_openssl_get_ssl(secure), SSL_is_init_finished(ssl) == 1, !hasEnded else { return }
        SSL_shutdown(ssl)
        ERR_clear_error()
    }
}
