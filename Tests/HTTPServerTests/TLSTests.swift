import COpenSSL
import Glibc
import HTTPServer
import Loop
import Testing

@Suite struct TLSTests {
    @Test func `Requests are served over TLS, in order, whatever their size`() async throws {
        let files = try TestCertificate()
        let tls = try TLSContext(certificate: files.certificate, key: files.key)
        try await TestServer.run(tls: tls) { server in
            let client = try #require(TLSClient(server.port))
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            #expect(client.read(until: "hello").hasPrefix("HTTP/1.1 200 OK\r\n"))
            let body = String(repeating: "x", count: 300_000) + "end"
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body)
            #expect(client.read(until: "end").hasSuffix(body))
            client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let rest = client.read(until: nil)
            #expect(rest.contains("x-path: /a\r\n"))
            #expect(rest.contains("x-path: /b\r\n"))
            #expect(client.wasClosedProperly)
        }
    }

    @Test func `A malformed request is 400 over TLS too`() async throws {
        let files = try TestCertificate()
        let tls = try TLSContext(certificate: files.certificate, key: files.key)
        try await TestServer.run(tls: tls) { server in
            let client = try #require(TLSClient(server.port))
            client.send("GET / HTTP/1.1\r\n\r\n" + FramingTests.smuggled)
            #expect(client.read(until: nil).hasPrefix("HTTP/1.1 400 "))
            #expect(await server.served == [])
        }
    }

    @Test(arguments: [false, true])
    func `A TLS client that leaves while the handler waits is noticed`(flooding: Bool) async throws {
        let files = try TestCertificate()
        let tls = try TLSContext(certificate: files.certificate, key: files.key)
        try await TestServer.run(tls: tls) { server in
            var client = TLSClient(server.port)
            client?.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await server.until { $0.waiting == 1 })
            if flooding { client?.send(String(repeating: "x", count: 100_000)) }
            client = nil
            #expect(await server.until { $0.gone == 1 && $0.openConnections == 0 })
        }
    }

    @Test func `A client that does not shake hands is dropped in time, and plain HTTP is not served`() async throws {
        let files = try TestCertificate()
        let tls = try TLSContext(certificate: files.certificate, key: files.key)
        try await TestServer.run(limits: .init(headerTime: .milliseconds(50)), tls: tls) { server in
            let silent = RawClient(server.port)
            let plain = RawClient(server.port)
            plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = plain.readToEnd()
            _ = silent.readToEnd()
            #expect(await server.until { $0.openConnections == 0 })
            #expect(await server.served == [])
        }
    }

    @Test func `A certificate that is not there, or not the key's, is refused with its name`() throws {
        let (one, two) = (try TestCertificate(), try TestCertificate())
        let missing = #expect(throws: TLSError.self) { try TLSContext(certificate: "/nowhere.pem", key: one.key) }
        #expect(missing?.description.contains("/nowhere.pem") == true)
        let crossed = #expect(throws: TLSError.self) { try TLSContext(certificate: one.certificate, key: two.key) }
        #expect(crossed?.description.contains(two.key) == true)
    }
}

/// A self-signed certificate of its own, in two temporary files.
final class TestCertificate {
    let certificate: String
    let key: String

    struct Failed: Error {}

    init() throws {
        var pair: OpaquePointer?
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil)
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &pair) == 1 else { throw Failed() }
        defer { EVP_PKEY_free(pair) }
        let x509 = X509_new()
        defer { X509_free(x509) }
        X509_gmtime_adj(X509_getm_notBefore(x509), -60)
        X509_gmtime_adj(X509_getm_notAfter(x509), 3600)
        X509_set_pubkey(x509, pair)
        let name = X509_get_subject_name(x509)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "localhost", -1, -1, 0)
        X509_set_issuer_name(x509, name)
        guard X509_sign(x509, pair, nil) > 0 else { throw Failed() }
        func write(_ body: (UnsafeMutablePointer<FILE>) -> CInt) throws -> String {
            var path = Array("/tmp/understudy-test-XXXXXX".utf8CString)
            let descriptor = mkstemp(&path)
            guard descriptor >= 0, let file = fdopen(descriptor, "w") else { throw Failed() }
            defer { fclose(file) }
            guard body(file) == 1 else { throw Failed() }
            return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        certificate = try write { PEM_write_X509($0, x509) }
        key = try write { PEM_write_PrivateKey($0, pair, nil, nil, 0, nil, nil) }
    }

    deinit {
        unlink(certificate)
        unlink(key)
    }
}

/// A blocking TLS client that trusts everybody.
final class TLSClient {
    private let raw: RawClient
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private(set) var wasClosedProperly = false

    init?(_ port: UInt16) {
        raw = RawClient(port)
        context = SSL_CTX_new(TLS_client_method())
        ssl = SSL_new(context)
        SSL_set_fd(ssl, raw.descriptor)
        guard SSL_connect(ssl) == 1 else { return nil }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        SSL_write(ssl, bytes, CInt(bytes.count))
    }

    /// Until the text ends with `ending`, or (nil) until the server closes.
    func read(until ending: String?) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        while ending == nil || !bytes.reversed().starts(with: ending!.utf8.reversed()) {
            let count = SSL_read(ssl, &buffer, CInt(buffer.count))
            guard count > 0 else {
                wasClosedProperly = SSL_get_error(ssl, count) == SSL_ERROR_ZERO_RETURN
                break
            }
            bytes.append(contentsOf: buffer[..<Int(count)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
