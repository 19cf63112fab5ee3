// What a spool segment holds: records, one after the other, nothing else.
//
//     offset  size
//          0     4  magic, "UREC"
//          4     4  length of the payload
//          8     4  CRC-32C of everything after it: format, id, payload
//         12     4  format, 1
//         16    16  id, big-endian
//         32     n  payload: the candidate's JSON
//
// All numbers but the id are little-endian. The writer may die in the middle of a record, so the tail of a segment may
// be torn; it was never acknowledged, and is skipped. Damage in the middle (a failing disk) costs the records it hit:
// the scan goes on at the next magic whose checksum holds. Nobody can plant such a record through the text of a
// request: valid JSON has no byte below 0x20 inside strings, and a length below `maximumPayload` has one.

import Digest

enum SpoolRecord {
    static let headerSize = 32
    /// 64 MiB. The limits on bodies and answers keep candidates far below.
    static let maximumPayload = 64 << 20
    private static let magic: UInt32 = 0x4345_5255
    private static let format: UInt32 = 1

    /// Appends a whole record.
    static func append(id: CandidateID, payload: [UInt8], to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(littleEndian: magic)
        bytes.append(littleEndian: UInt32(payload.count))
        bytes.append(littleEndian: 0)
        bytes.append(littleEndian: format)
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: payload)
        bytes.withUnsafeMutableBytes { all in
            let checksum = checksum(UnsafeRawBufferPointer(rebasing: all[(start + 12)...]))
            all.storeBytes(of: checksum.littleEndian, toByteOffset: start + 8, as: UInt32.self)
        }
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    /// What a segment's bytes turned out to hold.
    struct Scan {
        /// In the order of writing; payloads are ranges of the scanned bytes.
        var records: [(id: CandidateID, payload: Range<Int>)] = []
        /// Places in the middle where no record could be read, and their bytes.
        var gaps = 0
        var gapBytes = 0
        /// Bytes after the last whole record.
        var tornBytes = 0
    }

    static func scan(_ bytes: [UInt8]) -> Scan {
        var scan = Scan()
        bytes.withUnsafeBytes { bytes in
            var at = 0
            while at < bytes.count {
                if let record = record(in: bytes, at: at) {
                    scan.records.append((record.id, record.payload))
                    at = record.payload.upperBound
                } else if let next = next(in: bytes, after: at) {
                    scan.gaps += 1
                    scan.gapBytes += next - at
                    at = next
                } else {
                    scan.tornBytes = bytes.count - at
                    at = bytes.count
                }
            }
        }
        return scan
    }

    private static func next(in bytes: UnsafeRawBufferPointer, after start: Int) -> Int? {
        var at = start + 1
        while at + headerSize <= bytes.count {
            if bytes[at] == UInt8(truncatingIfNeeded: magic), record(in: bytes, at: at) != nil { return at }
            at += 1
        }
        return nil
    }

    private static func record(
        in bytes: UnsafeRawBufferPointer,
        at start: Int
    ) -> (id: CandidateID, payload: Range<Int>)? {
        guard start + headerSize <= bytes.count else { return nil }
        func word(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start + offset, as: UInt32.self))
        }
        func half(_ offset: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self))
        }
        guard word(0) == magic, word(12) == format, word(4) <= maximumPayload else { return nil }
        let payload = start + headerSize..<start + headerSize + Int(word(4))
        guard payload.upperBound <= bytes.count else { return nil }
        let covered = UnsafeRawBufferPointer(rebasing: bytes[start + 12..<payload.upperBound])
        guard checksum(covered) == word(8) else { return nil }
        return (CandidateID(high: half(16), low: half(24)), payload)
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: UInt32) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
