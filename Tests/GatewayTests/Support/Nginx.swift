/// A real nginx of the test's own that speaks HTTP/2 and passes everything on as it comes; ended with the test.
final class Nginx {
    let port: UInt16
    private let directory: TestDirectory
    private let process: ChildProcess

    /// What to trust, where it speaks TLS.
    var certificate: String { "\(directory.path)/own.crt" }

    /// Returns when it answers.
    init(inFrontOf upstream: Int, secure: Bool) throws {
        port = try SilentPort.closed()
        directory = try TestDirectory()
        let path = directory.path
        if secure { try SystemTests.SecureTests.makeCertificate("own", in: directory) }
        let tls = secure ? "ssl_certificate \(path)/own.crt; ssl_certificate_key \(path)/own.key;" : ""
        try directory.write(
            """
            daemon off; master_process off; pid \(path)/pid; error_log \(path)/errors;
            events {}
            http {
                log_format short '$server_protocol $status $connection';
                access_log \(path)/log short;
                client_body_temp_path \(path)/body; proxy_temp_path \(path)/proxy;
                fastcgi_temp_path \(path)/fastcgi; uwsgi_temp_path \(path)/uwsgi; scgi_temp_path \(path)/scgi;
                server {
                    listen 127.0.0.1:\(port)\(secure ? " ssl" : "") http2; \(tls)
                    location / {
                        proxy_pass http://127.0.0.1:\(upstream); proxy_http_version 1.1;
                        proxy_buffering off; proxy_read_timeout 60s;
                    }
                }
            }
            """,
            to: "nginx.conf"
        )
        process = try ChildProcess(
            try program("nginx", package: "nginx-light"),
            ["-p", path, "-c", "\(path)/nginx.conf"],
            output: ("/dev/null", "\(path)/stderr")
        )
        let port = port
        guard becomes({ (try? Client(port, patience: 0)) != nil }) else {
            throw Unable("nginx did not come up: \(directory.read("stderr"))")
        }
    }

    deinit { process.kill() }

    /// A line for each request: protocol, status, number of the connection.
    var log: String { directory.read("log") }
}
