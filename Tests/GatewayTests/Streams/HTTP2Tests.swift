import Simulation
import Testing

extension SystemTests {
    /// Models behind HTTP/2: a real nginx in front of the simulator.
    struct HTTP2Tests {
        private func serve(_ large: ModelScript) async throws -> (Simulator, Nginx, RunningGateway) {
            let simulator = try await Simulator.with(large: large)
            let nginx = try Nginx(inFrontOf: simulator.port)
            var settings = TestSettings()
            settings.model("large", at: "http://127.0.0.1:\(nginx.port)/v1", "http2: true")
            settings.route("main", small: nil)
            return (simulator, nginx, try RunningGateway(settings))
        }

        @Test func `answers and streams share one connection`() async throws {
            let (simulator, nginx, gateway) = try await serve(ModelScript(says: "a b c"))
            for number in 1...3 {
                #expect(try gateway.chat("whole \(number)").says() == "a b c")
                #expect(try gateway.streamedChat("streamed \(number)").says() == "a b c")
            }
            #expect(becomes { nginx.log.split(separator: "\n").count == 6 })
            let lines = nginx.log.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(lines.allSatisfy { $0[0] == "HTTP/2.0" && $0[1] == "200" })
            // One of each worker.
            #expect(Set(lines.map { $0[2] }).count <= 2)
            await simulator.stop()
        }

        @Test func `clients that leave end their calls, though nothing else is said on the connection`() async throws {
            let (simulator, nginx, gateway) = try await serve(
                .broken(.stream(.stall(after: 2, for: nil)), says: "word after word ")
            )
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
