import Harvest
import Testing

@Suite("Wall time")
struct WallTimeTests {
    // Seconds by `date -u -d TEXT +%s`.
    @Test(
        "is written and read as RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_392_344_123, "2026-11-23T00:05:44.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_000, "9999-12-31T23:59:59.000Z"),
        ]
    )
    func text(_ milliseconds: Int64, _ text: String) {
        #expect(WallTime(milliseconds: milliseconds).rfc3339 == text)
        #expect(WallTime(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test("reads back from its text on every day of 400 years")
    func days() {
        let wrong = (Int64(-73_000)..<73_100).map { WallTime(milliseconds: $0 * 86_400_000 + 43_200_500) }
            .filter { WallTime(rfc3339: $0.rfc3339) != $0 }
        #expect(wrong.isEmpty)
    }

    @Test("reads offsets, blanks, small letters and any number of decimals")
    func variants() {
        let time = WallTime(microseconds: 1_795_392_344_123_456)
        #expect(WallTime(rfc3339: "2026-11-23T01:05:44.123456789+01:00") == time)
        #expect(WallTime(rfc3339: "2026-11-22 19:35:44.123456-04:30") == time)
        #expect(WallTime(rfc3339: "2026-11-23t00:05:44z")?.milliseconds == 1_795_392_344_000)
    }

    @Test(
        "is not read from anything else",
        arguments: [
            "", "2026-11-23", "2026-11-23T00:05:44", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z", "2026-11-23T00:60:00Z", "2026-11-23T00:05:44.Z", "2026-11-23T00:05:44Zx",
            "2026-11-23T00:05:44+0100", "2026-1-23T00:05:44Z",
        ]
    )
    func nonsense(_ text: String) {
        #expect(WallTime(rfc3339: text) == nil)
    }
}
