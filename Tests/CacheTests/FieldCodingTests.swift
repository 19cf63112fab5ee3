import Testing

@testable import Cache

@Suite struct FieldCodingTests {
    @Test(arguments: [0, 1, -1, 63, 64, -64, -65, 300, .max, .min] as [Int64])
    func wholeNumbersComeBack(number: Int64) throws {
        var writer = FieldWriter()
        writer.signed(number)
        writer.unsigned(UInt64(bitPattern: number))
        let (signed, unsigned) = try writer.bytes.withUnsafeBytes { bytes in
            var reader = FieldReader(bytes)
            return (try reader.signed(), try reader.unsigned())
        }
        #expect(signed == number)
        #expect(unsigned == UInt64(bitPattern: number))
    }

    @Test func aNumberOfMoreThan64BitsIsCorrupt() {
        let bytes = [UInt8](repeating: 0xFF, count: 9) + [2]
        #expect(throws: CorruptFields.self) {
            try bytes.withUnsafeBytes { bytes in
                var reader = FieldReader(bytes)
                _ = try reader.unsigned()
            }
        }
    }

    @Test func aCountThatCannotBeThereIsCorruptBeforeAnythingIsAllocated() {
        var writer = FieldWriter()
        writer.unsigned(.max)
        writer.double(1)
        #expect(throws: CorruptFields.self) {
            try writer.bytes.withUnsafeBytes { bytes in
                var reader = FieldReader(bytes)
                _ = try reader.count(width: 8)
            }
        }
    }
}
