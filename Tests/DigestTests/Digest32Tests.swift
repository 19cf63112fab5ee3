import Testing

@testable import Digest

@Suite struct Digest32Tests {
    let hex = "00ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"

    @Test func `hexadecimal text round-trips, in either case`() {
        #expect(Digest32(hex: hex)?.hex == hex)
        #expect(Digest32(hex: hex.uppercased())?.hex == hex)
        #expect(Digest32(hex: hex).map(String.init(describing:)) == hex)
    }

    @Test(arguments: ["", "00", String(repeating: "0", count: 63), String(repeating: "0", count: 65)])
    func `text of another length is no digest`(text: String) {
        #expect(Digest32(hex: text) == nil)
    }

    @Test(arguments: ["g", "/", ":", "@", "`", "G", " "])
    func `a character that is no hexadecimal digit makes it none`(character: String) {
        #expect(Digest32(hex: character + String(repeating: "0", count: 63)) == nil)
        #expect(Digest32(hex: String(repeating: "0", count: 63) + character) == nil)
    }

    @Test func `the first digits can be had alone`() throws {
        let digest = try #require(Digest32(hex: hex))
        #expect(digest.hex(digits: 12) == "00ff01020304")
        #expect(digest.hex(digits: 0) == "")
        #expect(digest.hex(digits: 64) == hex)
    }

    @Test func `appended digits are those of hex`() throws {
        let digest = try #require(Digest32(hex: hex))
        var output = Array("key:".utf8)
        digest.appendHex(to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "key:" + hex)
    }

    @Test func `bytes go in and come out in order`() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let digest = try #require(Digest32(bytes: bytes))
        #expect(digest.withUnsafeBytes { Array($0) } == bytes)
        #expect(digest.leadingWord == 0x0706_0504_0302_0100)
        #expect(Digest32(bytes: bytes.dropLast()) == nil)
        #expect(Digest32(bytes: bytes + [0]) == nil)
    }

    @Test func `digests that differ in any byte are not equal`() throws {
        let bytes = [UInt8](repeating: 7, count: 32)
        let digest = try #require(Digest32(bytes: bytes))
        for index in 0..<32 {
            var other = bytes
            other[index] = 8
            let different = try #require(Digest32(bytes: other))
            #expect(different != digest)
            #expect(!constantTimeEquals(different, digest))
        }
        #expect(constantTimeEquals(digest, digest))
        #expect(Digest32(bytes: bytes)?.hashValue == digest.hashValue)
    }
}
