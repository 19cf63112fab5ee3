import Testing

@testable import Settings

@Suite struct UnitsTests {
    @Test(arguments: [
        ("5ms", Duration.milliseconds(5)), ("2s", .seconds(2)), ("1.5s", .milliseconds(1500)), ("3m", .seconds(180)),
        ("24h", .seconds(86_400)), ("7d", .seconds(604_800)), ("0s", .zero), ("0.25ms", .microseconds(250)),
    ])
    func `a duration is a number and a unit`(text: String, expected: Duration) {
        #expect(DurationText.read(text) == expected)
        #expect(DurationText.read(DurationText.print(expected)) == expected)
    }

    @Test(arguments: ["", "5", "s", "-5s", "5 s", "5S", "5us", "5sec", "1e3s", ".5s", "5.s", "1.2.3s", "40000d", "٣s"])
    func `anything else is no duration`(text: String) {
        #expect(DurationText.read(text) == nil)
    }

    @Test func `durations are printed in the largest unit that divides them, days from two on`() {
        #expect(DurationText.print(.seconds(86_400)) == "24h")
        #expect(DurationText.print(.seconds(7 * 86_400)) == "7d")
        #expect(DurationText.print(.seconds(90)) == "90s")
        #expect(DurationText.print(.milliseconds(1500)) == "1500ms")
        #expect(DurationText.print(.seconds(3600)) == "1h")
        #expect(DurationText.print(.zero) == "0s")
    }

    @Test(arguments: [
        ("0B", 0), ("512B", 512), ("16KiB", 16_384), ("64MiB", 67_108_864), ("0MiB", 0), ("1GiB", 1 << 30),
        ("2TiB", 2 << 40),
    ])
    func `a size is a whole number and a binary unit`(text: String, expected: Int) {
        #expect(SizeText.read(text) == expected)
        #expect(SizeText.read(SizeText.print(expected)) == expected)
    }

    @Test(arguments: ["", "64", "MiB", "64MB", "64mib", "1.5MiB", "-1MiB", "64 MiB", "99999999TiB"])
    func `anything else is no size`(text: String) {
        #expect(SizeText.read(text) == nil)
    }

    @Test func `a size in other units suggests the right ones`() {
        #expect(SizeText.guess("64MB") == "64MiB")
        #expect(SizeText.guess("64k") == "64KiB")
        #expect(SizeText.guess("64") == "64B")
        #expect(SizeText.guess("many") == nil)
        #expect(SizeText.guess("64 boxes") == nil)
    }

    @Test func `a share is a percentage between nothing and all`() {
        #expect(ShareText.read("2%") == 0.02)
        #expect(ShareText.read("0%") == 0)
        #expect(ShareText.read("100%") == 1)
        #expect(ShareText.read("0.5%") == 0.005)
        for text in ["2", "%", "101%", "-1%", "2 %", "two%"] { #expect(ShareText.read(text) == nil) }
        for text in ["2%", "0.5%", "100%", "33.3%"] { #expect(ShareText.read(text).map(ShareText.print) == text) }
    }

    @Test func `money is a number of US dollars`() {
        #expect(MoneyText.read("20 USD") == 20)
        #expect(MoneyText.read("0.50 USD") == 0.5)
        for text in ["20", "20USD", "$20", "20 EUR", "x USD"] { #expect(MoneyText.read(text) == nil) }
        #expect(MoneyText.print(20) == "20 USD")
        #expect(MoneyText.print(0.5) == "0.5 USD")
    }

    @Test(arguments: [("1.60", 1.6), ("-1.2", -1.2), ("+3", 3), ("1e-3", 0.001), ("0", 0)])
    func `numbers are decimal`(text: String, expected: Double) {
        #expect(NumberText.read(text) == expected)
    }

    @Test(arguments: ["", "0x10", "1_000", ".inf", "nan", "1e999", "one", "-", "1,5", ".5"])
    func `other notations are no numbers`(text: String) {
        #expect(NumberText.read(text) == nil)
    }
}
