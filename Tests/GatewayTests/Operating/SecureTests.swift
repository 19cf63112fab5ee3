import Foundation
import Glibc
import JSON
import Simulation
import Testing

extension SystemTests {
    /// TLS on both ports, end to end: a client that knows the certificate, and ones that do not.
    struct SecureTests {
        /// A self-signed certificate for 127.0.0.1 and its key.
        static func makeCertificate(_ name: String, in directory: TestDirectory) throws {
            let made = try run(
                try program("openssl", package: "openssl"),
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=understudy",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                "\(directory.path)/\(name).key",
                "-out",
                "\(directory.path)/\(name).crt"
            )
            guard made.code == 0 else { throw Unable("no certificate: \(made.output)") }
        }

        /// What curl says to a URL of the gateway's: its exit code, and the answer's body with the status behind it.
        private static func curl(_ url: String, trusting file: String?, post body: String? = nil) throws -> (
            code: CInt, output: String
        ) {
            var arguments = ["-sS", "--noproxy", "*", "--max-time", "20", "-w", " %{http_code}"]
            if let file { arguments += ["--cacert", file] }
            if let body { arguments += ["-H", "content-type: application/json", "-d", body] }
            return try run(try program("curl", package: "curl"), arguments: arguments + [url])
        }

        @Test func `both ports speak TLS and nothing else, and a reload brings another certificate`() async throws {
            let simulator = try await Simulator.with()
            let files = try TestDirectory()
            for name in ["first", "second"] { try Self.makeCertificate(name, in: files) }
            var settings = TestSettings(at: simulator.baseURL)
            func server(_ certificate: String, key: String) -> [String] {
                ["tls: { certificate: \(files.path)/\(certificate).crt, key: \(files.path)/\(key).key }"]
            }
            settings.server = server("first", key: "first")
            let gateway = try RunningGateway(settings, speaksTLS: true)
            let endpoint = "127.0.0.1:\(gateway.port)/v1/chat/completions"
            let admin = "https://127.0.0.1:\(gateway.adminPort)"
            let (first, second) = (files.path + "/first.crt", files.path + "/second.crt")

            let answer = try Self.curl("https://\(endpoint)", trusting: first, post: chatBody("hello"))
            #expect(answer.code == 0)
            #expect(answer.output.contains("from small") && answer.output.hasSuffix(" 200"), "\(answer.output)")
            let metrics = try Self.curl(admin + "/metrics", trusting: first)
            #expect(metrics.output.contains("understudy_requests_total") && metrics.output.hasSuffix(" 200"))
            // 60: the certificate is none that curl knows.
            #expect(try Self.curl("https://\(endpoint)", trusting: nil, post: chatBody("hello")).code == 60)
            #expect(try Self.curl("https://\(endpoint)", trusting: second, post: chatBody("hello")).code == 60)
            #expect(try Self.curl("http://\(endpoint)", trusting: nil, post: chatBody("hello")).code != 0)

            func reload(trusting file: String) throws -> (code: CInt, output: String) {
                try gateway.directory.write(settings.yaml, to: "understudy.yaml")
                return try Self.curl(admin + "/admin/v1/reload", trusting: file, post: "")
            }
            settings.server = server("second", key: "first")
            let crossed = try reload(trusting: first)
            #expect(crossed.output.contains("first.key") && crossed.output.hasSuffix(" 422"), "\(crossed.output)")
            #expect(try Self.curl("https://\(endpoint)", trusting: first, post: chatBody("hello")).code == 0)
            settings.server = server("second", key: "second")
            #expect(try reload(trusting: first).output.hasSuffix(" 200"))
            #expect(try Self.curl("https://\(endpoint)", trusting: first, post: chatBody("hello")).code == 60)
            let renewed = try Self.curl("https://\(endpoint)", trusting: second, post: chatBody("hello"))
            #expect(renewed.output.hasSuffix(" 200"), "\(renewed.output)")
            #expect(try Self.curl(admin + "/health/ready", trusting: second).output.hasSuffix(" 200"))
            gateway.process.signal(SIGTERM)
            #expect(gateway.process.waitForExit() == 0)
            await simulator.stop()
        }
    }
}
