import Simulation
import Testing

extension SystemTests {
    /// Models behind HTTP/2: a real nginx in front of the simulator.
    struct HTTP2Tests {
        private func serve(_ large: ModelScript, secure: Bool) async throws -> (Simulator, Nginx, RunningGateway) {
            let simulator = try await Simulator.with(large: large)
            let nginx = try Nginx(inFrontOf: simulator.port, secure: secure)
            var settings = TestSettings()
            let url = "\(secure ? "https" : "http")://127.0.0.1:\(nginx.port)/v1"
            settings.model("large", at: url, "http2: true\(secure ? ", ca_file: \(nginx.certificate)" : "")")
            settings.route("main", small: nil)
            return (simulator, nginx, try RunningGateway(settings))
        }

        @Test(arguments: [true, false])
        func `answers and streams share a connection with TLS, and have one each without`(secure: Bool) async throws {
            let (simulator, nginx, gateway) = try await serve(ModelScript(says: "a b c"), secure: secure)
            for number in 1...3 {
                #expect(try gateway.chat("whole \(number)").says() == "a b c")
                #expect(try gateway.streamedChat("streamed \(number)").says() == "a b c")
            }
            #expect(becomes { nginx.log.split(separator: "\n").count == 6 })
            let lines = nginx.log.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(lines.allSatisfy { $0[0] == "HTTP/2.0" && $0[1] == "200" })
            let connections = Set(lines.map { $0[2] }).count
            // One of each worker.
            #expect(secure ? connections <= 2 : connections == 6)
            await simulator.stop()
        }

        @Test(arguments: [true, false])
        func `clients that leave end their calls, though nothing else is said on the connection`(
            secure: Bool
        ) async throws {
            let large = ModelScript.broken(.stream(.stall(after: 2, for: nil)), says: "word after word ")
            let (simulator, nginx, gateway) = try await serve(large, secure: secure)
            for round in 1...3 {
                let readers = try (1...3).map { try gateway.streamChat("round \(round), reader \($0)") }
                for reader in readers { _ = try reader.readHead() }
                for reader in readers { reader.client.leave() }
                #expect(await simulator.wait { $0["large"].cancelled == 3 * round })
            }
            #expect(simulator.calls["large"].inFlight == 0)
            #expect(becomes { nginx.log.hasPrefix("HTTP/2.0 ") })
            await simulator.stop()
        }
    }
}
