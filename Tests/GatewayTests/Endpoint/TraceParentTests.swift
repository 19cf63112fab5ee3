import Testing

@testable import Gateway

struct TraceParentTests {
    private static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func traceID(_ header: String) -> String? {
        // A slice as headers are: of a larger buffer.
        let bytes = Array("name: \(header)\r\n".utf8)
        return TraceParent(bytes[6..<(bytes.count - 2)]).map { String(decoding: $0.traceID, as: UTF8.self) }
    }

    @Test func `a header of this version or a later one tells its trace`() {
        for header in [
            Self.good, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what the future brings",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        ] {
            #expect(traceID(header) == "4bf92f3577b34da6a3ce929d0e0e4736", "\(header)")
        }
        #expect(TraceParent(nil) == nil)
    }

    @Test(arguments: [
        "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473\"-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-", "\(good)0", "cc\(good.dropFirst(2))0",
        " \(good)", "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
    ])
    func `what is malformed is no header`(_ header: String) {
        #expect(traceID(header) == nil)
    }

    @Test func `any change of a character is no crash, and never lets through what is no hexadecimal digit`() {
        for index in Self.good.utf8.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = Array(Self.good.utf8)
                bytes[Self.good.utf8.distance(from: Self.good.utf8.startIndex, to: index)] = byte
                guard let trace = TraceParent(bytes[...]) else { continue }
                #expect(trace.traceID.count == 32)
                #expect(trace.traceID.allSatisfy { "0123456789abcdef".utf8.contains($0) })
            }
        }
    }
}
