import Glibc
import HTTPClient
import Loop
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UpstreamErrorTests {
    private func outcome(
        maxAnswer: Int = 1 << 20,
        timeouts: UpstreamTimeouts = .patient,
        deadline: Duration? = nil,
        _ script: @escaping ScriptedUpstream.Script
    ) async throws -> UpstreamError? {
        let server = ScriptedUpstream(script)
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: server.url, maxAnswer: maxAnswer))
        let result = await desk.call(timeouts: timeouts, deadline: deadline)
        await desk.close()
        server.stop()
        if case .failure(let error) = result { return error }
        return nil
    }

    @Test func `nobody listening is connect`() async throws {
        let server = ScriptedUpstream { _ in }
        let url = server.url
        server.stop()
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: url, apiKey: "secret-key"))
        for _ in 0..<3 {
            let result = await desk.call()
            #expect(result.kind == .connect)
            if case .failure(let error) = result {
                #expect(error.message.hasPrefix(String(url.dropLast(3)) + ": "))
                #expect(!error.message.contains("secret"))
            }
        }
        await desk.close()
    }

    @Test func `a name that does not exist is connect`() async throws {
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: "http://no-such-host.invalid/v1", connectTimeout: .seconds(30)))
        #expect(await desk.call().kind == .connect)
        await desk.close()
    }

    @Test func `an unusable URL is connect`() async throws {
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: "http://127.0.0.1:99999/v1"))
        #expect(await desk.call().kind == .connect)
        await desk.close()
    }

    @Test func `a listener whose queue is full is a connect timeout`() async throws {
        // Accepts nobody: one connection fills the queue, further SYNs are dropped.
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var fillers: [CInt] = []
        defer { for filler in fillers { close(filler) } }
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #expect(
                    bind(listener, $0, length) == 0 && listen(listener, 0) == 0
                        && getsockname(listener, $0, &length) == 0
                )
                for _ in 0..<8 {
                    let filler = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                    _ = connect(filler, $0, length)
                    fillers.append(filler)
                }
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        let desk = Desk()
        try await desk.add(UpstreamEndpoint(baseURL: "http://127.0.0.1:\(port)/v1", connectTimeout: .milliseconds(100)))
        #expect(await desk.call().kind == .connectTimeout)
        await desk.close()
    }

    @Test func `an answer that does not come is total`() async throws {
        let timeouts = UpstreamTimeouts(firstToken: .seconds(60), betweenTokens: .seconds(60), total: .milliseconds(50))
        let error = try await outcome(timeouts: timeouts) { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        #expect(error?.kind == .total)
        #expect((error?.elapsed ?? .zero) >= .milliseconds(50))
    }

    @Test func `an answer that stalls in its body is total`() async throws {
        let timeouts = UpstreamTimeouts(firstToken: .seconds(60), betweenTokens: .zero, total: .milliseconds(50))
        let error = try await outcome(timeouts: timeouts) { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour")
            connection.waitForEnd()
        }
        #expect(error?.kind == .total)
    }

    @Test func `the exchange's deadline is told from the model's timeout`() async throws {
        let error = try await outcome(deadline: .milliseconds(50)) { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        #expect(error?.kind == .deadline)
    }

    @Test func `a deadline that has passed is deadline`() async throws {
        let error = try await outcome(deadline: .milliseconds(-1)) { connection in
            _ = connection.readRequest()
            connection.waitForEnd()
        }
        #expect(error?.kind == .deadline)
    }

    @Test func `a reset before the answer is reset`() async throws {
        let error = try await outcome { connection in
            _ = connection.readRequest()
            connection.reset()
        }
        #expect(error?.kind == .reset)
    }

    @Test func `a close before the answer is reset`() async throws {
        let error = try await outcome { connection in _ = connection.readRequest() }
        #expect(error?.kind == .reset)
    }

    @Test func `a reset inside the body is reset`() async throws {
        let error = try await outcome { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour")
            connection.reset()
        }
        #expect(error?.kind == .reset)
    }

    @Test func `a close inside a chunked body is reset`() async throws {
        let error = try await outcome { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfour\r\n")
        }
        #expect(error?.kind == .reset)
    }

    @Test(arguments: ["garbage\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\r\n"])
    func `a status line that is none is malformed`(line: String) async throws {
        let error = try await outcome { connection in
            _ = connection.readRequest()
            connection.send(line)
            connection.waitForEnd()
        }
        #expect(error?.kind == .malformed)
    }

    @Test(arguments: ["HTTP/1.1  200 OK", "http/1.1 200 OK"])
    func `a status line that curl reads and we do not is malformed, also without a body`(line: String) async throws {
        let error = try await outcome { connection in
            _ = connection.readRequest()
            connection.send("\(line)\r\ncontent-length: 0\r\n\r\n")
            connection.waitForEnd()
        }
        #expect(error?.kind == .malformed)
    }

    @Test func `a length beyond the limit is refused before the body`() async throws {
        let error = try await outcome(maxAnswer: 100) { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n")
            connection.waitForEnd()
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test(arguments: [(lines: 2, each: 400_000), (1000, 400), (70, 1000)])
    func `a head beyond 64 KiB is refused, however it is cut into lines`(lines: Int, each: Int) async throws {
        let error = try await outcome { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\n")
            for number in 1...lines {
                connection.send("x-\(number): " + String(repeating: "x", count: each) + "\r\n")
            }
            connection.send("content-length: 2\r\n\r\n{}")
            connection.waitForEnd()
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test func `a body that grows beyond the limit is refused`() async throws {
        let error = try await outcome(maxAnswer: 100) { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            connection.send("64\r\n" + String(repeating: "x", count: 100) + "\r\n1\r\nx\r\n")
            connection.waitForEnd()
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test func `a body of just the limit is taken`() async throws {
        let error = try await outcome(maxAnswer: 100) { connection in
            _ = connection.readRequest()
            connection.answer(String(repeating: "x", count: 100))
        }
        #expect(error == nil)
    }
}
