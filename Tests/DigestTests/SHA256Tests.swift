import Testing

@testable import Digest

@Suite struct SHA256Tests {
    // FIPS 180-4 examples, as published by NIST's Cryptographic Algorithm Validation Program.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `the published examples come out`(text: String, expected: String) {
        #expect(SHA256.digest(of: text).hex == expected)
        #expect(SHA256.digest(of: Array(text.utf8)).hex == expected)
    }

    @Test func `a million letters come out as published`() {
        let digest = SHA256.digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(digest.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `any split gives the digest of the whole`() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let whole = SHA256.digest(of: bytes)
        var hash = SHA256()
        for split in 0...bytes.count {
            hash.update(bytes[..<split])
            hash.update(bytes[split...])
            #expect(hash.finish() == whole)
        }
        for byte in bytes { hash.update([byte]) }
        #expect(hash.finish() == whole)
    }

    @Test func `a finished context starts over`() {
        var hash = SHA256()
        hash.update("left over from before")
        _ = hash.finish()
        hash.update("abc")
        #expect(hash.finish() == SHA256.digest(of: "abc"))
        #expect(hash.finish() == SHA256.digest(of: ""))
    }

    @Test func `static text, digests and lengths are fed as their bytes`() {
        var hash = SHA256()
        hash.update("abc" as StaticString)
        #expect(hash.finish() == SHA256.digest(of: "abc"))

        let digest = SHA256.digest(of: "abc")
        hash.update(digest)
        let twice = hash.finish()
        #expect(twice.hex == "4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358")

        hash.update(length: 258)
        #expect(hash.finish() == SHA256.digest(of: [2, 1, 0, 0, 0, 0, 0, 0]))
    }

    @Test func `lengths keep parts from running together`() {
        func digest(_ parts: [String]) -> Digest32 {
            var hash = SHA256()
            for part in parts {
                hash.update(length: part.utf8.count)
                hash.update(part)
            }
            return hash.finish()
        }
        #expect(digest(["ab", "c"]) != digest(["a", "bc"]))
    }
}
