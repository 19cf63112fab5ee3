import Testing

@testable import Harvest

struct PageMembersTests {
    @Test func `few and many are read as they were written`() throws {
        for step in [1, 2, 15, 16, 17, 100, 8191] {
            var members = PageMembers()
            let places = Array(stride(from: 0, to: PageMembers.capacity, by: step))
            for place in places { members.insert(place) }
            #expect(members.encoded == PageMembers.encode(places.map { UInt16($0) }))
            #expect(members.encoded.count <= 1024)
            var read = PageMembers()
            try read.formUnion(encoded: members.encoded)
            #expect(read == members)
            #expect(read.countShared(with: members) == places.count)
        }
    }

    @Test func `a union has both, an intersection what both have`() throws {
        var odd = PageMembers()
        var small = PageMembers()
        for place in stride(from: 1, to: PageMembers.capacity, by: 2) { odd.insert(place) }
        for place in 0..<10 { small.insert(place) }
        #expect(odd.countShared(with: small) == 5)
        var both = odd
        both.formIntersection(small)
        #expect(both.countShared(with: odd) == 5)
        try both.formUnion(encoded: small.encoded)
        #expect(both == small)
        for place in 0..<10 { both.remove(place) }
        #expect(both.isEmpty)
    }

    @Test func `bytes that are no members are refused`() {
        for bytes: [UInt8] in [[1], [0, 32], [UInt8](repeating: 0, count: 1023), [UInt8](repeating: 0, count: 1025)] {
            var members = PageMembers()
            #expect(throws: StoreError.self) { try members.formUnion(encoded: bytes) }
        }
    }

    @Test func `bytes survive PostgreSQL's hexadecimal digits`() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Array(("\\x" + Hex.text(of: bytes)).utf8)
        #expect(text.withUnsafeBytes { Hex.bytes($0.dropFirst(2)) } == bytes)
    }
}
