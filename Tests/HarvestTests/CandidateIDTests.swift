import Harvest
import Testing

@Suite("Candidate ids")
struct CandidateIDTests {
    @Test("rise strictly, as values and as text")
    func rise() {
        var source = CandidateID.Source()
        var before = source.next(at: .now())
        for _ in 0..<5000 {
            let id = source.next(at: .now())
            #expect(before < id)
            #expect(before.description < id.description)
            before = id
        }
    }

    @Test("rise when the clock stands still, overflows its counter, or is set back")
    func clock() {
        var source = CandidateID.Source()
        let noon = WallTime(milliseconds: 1_795_392_344_123)
        var before = source.next(at: noon)
        for _ in 0..<5000 {
            let id = source.next(at: noon)
            #expect(before < id)
            before = id
        }
        #expect(before < source.next(at: WallTime(milliseconds: noon.milliseconds - 60_000)))
    }

    @Test("read back from their text, of either case")
    func text() throws {
        for _ in 0..<1000 {
            let id = CandidateID.next()
            #expect(id.description.count == 36)
            #expect(CandidateID(id.description) == id)
            #expect(CandidateID(id.description.uppercased()) == id)
        }
        let id = CandidateID(high: 0x0193_552e_7c3a_7000, low: 0x8f3a_5b1c_9d2e_4f60)
        #expect(id.description == "0193552e-7c3a-7000-8f3a-5b1c9d2e4f60")
    }

    @Test(
        "are not read from anything else",
        arguments: [
            "", "0193552e7c3a70008f3a5b1c9d2e4f60", "0193552e-7c3a-7000-8f3a-5b1c9d2e4f6",
            "0193552e-7c3a-7000-8f3a-5b1c9d2e4f60 ", "0193552g-7c3a-7000-8f3a-5b1c9d2e4f60",
            "0193552e-7c3a-7000-8f3a_5b1c9d2e4f60",
        ]
    )
    func nonsense(_ text: String) {
        #expect(CandidateID(text) == nil)
    }

    @Test("carry the time they were made at, version 7 and the variant of RFC 9562")
    func layout() {
        let time = WallTime(milliseconds: 1_795_392_344_123)
        var source = CandidateID.Source()
        let id = source.next(at: time)
        #expect(id.time == time)
        #expect(id.high >> 12 & 15 == 7)
        #expect(id.low >> 62 == 2)
    }

    @Test("of two sources differ, also at the same moment")
    func sources() {
        let time = WallTime.now()
        var ids: Set<CandidateID> = []
        for _ in 0..<1000 {
            var source = CandidateID.Source()
            ids.insert(source.next(at: time))
        }
        #expect(ids.count == 1000)
    }
}
