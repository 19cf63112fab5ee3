import Testing

@testable import Harvest

@Suite("Spool records")
struct SpoolRecordTests {
    /// Three records of different sizes, and where each ends.
    private static let sample: (bytes: [UInt8], ids: [CandidateID], payloads: [[UInt8]], ends: [Int]) = {
        var bytes: [UInt8] = []
        var ids: [CandidateID] = []
        var payloads: [[UInt8]] = []
        var ends: [Int] = []
        for size in [40, 0, 17] {
            let id = CandidateID.next()
            let payload = (0..<size).map { UInt8($0 + 32) }
            SpoolRecord.append(id: id, payload: payload, to: &bytes)
            ids.append(id)
            payloads.append(payload)
            ends.append(bytes.count)
        }
        return (bytes, ids, payloads, ends)
    }()

    @Test("are read back in the order of writing")
    func whole() {
        let scan = SpoolRecord.scan(Self.sample.bytes)
        #expect(scan.records.map(\.id) == Self.sample.ids)
        #expect(scan.records.map { Array(Self.sample.bytes[$0.payload]) } == Self.sample.payloads)
        #expect(scan.tornBytes == 0 && scan.gaps == 0)
    }

    @Test("before a torn tail are all read, wherever it is torn, and the tail is counted")
    func torn() {
        for count in 0...Self.sample.bytes.count {
            let scan = SpoolRecord.scan(Array(Self.sample.bytes[..<count]))
            let whole = Self.sample.ends.filter { $0 <= count }
            #expect(scan.records.map(\.id) == Array(Self.sample.ids.prefix(whole.count)), "cut at \(count)")
            #expect(scan.tornBytes == count - (whole.last ?? 0), "cut at \(count)")
            #expect(scan.gaps == 0, "cut at \(count)")
        }
    }

    @Test("around a damaged one are all read, whichever byte and bit it is")
    func damaged() {
        for index in Self.sample.bytes.indices {
            for bit in [0, 3, 7] {
                var bytes = Self.sample.bytes
                bytes[index] ^= 1 << bit
                let hit = Self.sample.ends.firstIndex { index < $0 }!
                var rest = Self.sample.ids
                rest.remove(at: hit)
                let scan = SpoolRecord.scan(bytes)
                #expect(scan.records.map(\.id) == rest, "byte \(index), bit \(bit)")
                #expect(scan.gaps == (hit < 2 ? 1 : 0), "byte \(index), bit \(bit)")
                #expect((scan.tornBytes > 0) == (hit == 2), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("after a tail that was torn and written over are read")
    func tornThenGoneOn() {
        for count in 0..<Self.sample.ends[0] {
            let bytes = Array(Self.sample.bytes[..<count]) + Self.sample.bytes
            let scan = SpoolRecord.scan(bytes)
            #expect(scan.records.map(\.id) == Self.sample.ids, "cut at \(count)")
            #expect(scan.gapBytes == count)
        }
    }

    @Test("are not found in noise")
    func noise() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bytes = (0..<500).map { _ in UInt8.random(in: 0...255, using: &random) }
            let scan = SpoolRecord.scan(bytes)
            #expect(scan.records.isEmpty)
            #expect(scan.tornBytes == 500)
        }
        #expect(SpoolRecord.scan([UInt8](repeating: 0, count: 65536)).records.isEmpty)
    }

    @Test("cannot be planted by a length that JSON text can hold")
    func planted() {
        // The least length that has no byte below 0x20, which raw JSON strings cannot have.
        #expect(0x2020_2020 > SpoolRecord.maximumPayload)
    }
}
