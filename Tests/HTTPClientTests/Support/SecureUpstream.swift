import Foundation
import Loop

/// A certificate authority in a temporary directory, made by the openssl command, with one server certificate.
final class Authority: Sendable {
    struct Failure: Error { let command: String }

    let directory: String
    var bundle: String { directory + "/ca.pem" }

    init(name: String = "IP:127.0.0.1") throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try run(
            ["req", "-x509"] + key + [
                "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority", "-days", "2",
            ]
        )
        try run(["req"] + key + ["-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=upstream"])
        try Data("subjectAltName=\(name)\n".utf8).write(to: URL(fileURLWithPath: directory + "/names"))
        try run(
            [
                "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", "server.pem", "-days", "2", "-extfile", "names",
            ]
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(command: "openssl \(arguments.joined(separator: " ")): is the openssl command installed?")
        }
    }
}

/// Answers every request over TLS with "secure". On a loop of its own.
final class SecureUpstream: Sendable {
    private let loop: Loop
    private let hall: Hall
    let port: UInt16
    let authority: Authority

    var url: String { "https://127.0.0.1:\(port)/v1" }

    private final class Hall: ListenerOwner, ByteStreamOwner, @unchecked Sendable {
        // Touched before the loop runs and on its thread.
        let loop: Loop
        let context: TLSContext
        var listener: Listener?
        var streams: [CInt: ByteStream] = [:]
        var texts: [CInt: String] = [:]

        init(_ loop: Loop, _ context: TLSContext) {
            self.loop = loop
            self.context = context
        }

        func listenerAccepted(_ listener: Listener, _ descriptor: CInt) {
            streams[descriptor] = ByteStream(descriptor, on: loop, tls: context, owner: self)
        }

        func streamReceived(_ stream: ByteStream, _ bytes: UnsafeRawBufferPointer) {
            texts[stream.descriptor, default: ""] += String(decoding: bytes, as: UTF8.self)
            guard texts[stream.descriptor]!.hasSuffix("{}") else { return }
            texts[stream.descriptor] = nil
            var answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecure"
            answer.withUTF8 { stream.send(UnsafeRawBufferPointer($0)) }
        }

        func streamEnded(_ stream: ByteStream, isBroken: Bool) {
            texts[stream.descriptor] = nil
            streams[stream.descriptor] = nil
            stream.close()
            loop.retire(stream)
        }

        func streamAdvanced(_ stream: ByteStream) {}

        func close() {
            listener?.close()
            listener = nil
            for stream in streams.values { stream.close() }
            streams = [:]
        }
    }

    init(_ authority: Authority) throws {
        self.authority = authority
        let directory = authority.directory
        let context = try TLSContext(certificate: directory + "/server.pem", key: directory + "/server.key")
        let loop = Loop(name: "secure")
        let hall = Hall(loop, context)
        let listener = try Listener(on: loop, address: .loopback(port: 0), reusePort: false)
        listener.owner = hall
        hall.listener = listener
        port = listener.boundAddress.port
        self.loop = loop
        self.hall = hall
        spawn { loop.run() }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            loop.post { [hall, loop] in
                hall.close()
                loop.stop()
                continuation.resume()
            }
        }
    }
}
