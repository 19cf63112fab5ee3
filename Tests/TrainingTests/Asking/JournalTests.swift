import Digest
import Glibc
import Judgment
import Testing

@testable import Training

@Suite(.timeLimit(.minutes(2)))
struct JournalTests {
    private let folder: TestFolder
    private var path: String { "\(folder.path)/training/job/asked.jsonl" }

    init() throws { folder = try TestFolder() }

    private func key(_ number: Int) -> Digest32 { SHA256.digest(of: "\(number)") }

    private func answer(_ number: Int) -> PaidAnswer {
        PaidAnswer(
            model: "large-\"\(number)\"",
            cost: number == 2 ? nil : 0.25 * Double(number),
            milliseconds: 12.5,
            body: Array(#"{"choices":[{"text":"line\n\#(number) é"}]}"#.utf8)
        )
    }

    @Test func `what was kept is there in the next run, whoever else may read the file`() async throws {
        let journal = try Journal(file: path)
        for number in 1...3 { try await journal.keep(answer(number), for: key(number)) }
        await journal.close()
        #expect(try folder.mode("training/job/asked.jsonl") == 0o600)
        #expect(try folder.mode("training/job") == 0o700)
        let again = try Journal(file: path)
        #expect(again.count == 3)
        for number in 1...3 { #expect(again.answer(to: key(number)) == answer(number)) }
        #expect(again.answer(to: key(4)) == nil)
        await again.close()
    }

    @Test func `what the route redacts is not in the file, and this run knows it all the same`() async throws {
        let journal = try Journal(file: path, redactor: Redactor([.regex("secret-[0-9]+")]))
        let body = #"{"id":"a","choices":[{"message":{"content":"say secret-42 now"},"logprobs":{"content":[]}}]}"#
        var answer = answer(1)
        answer.body = Array(body.utf8)
        try await journal.keep(answer, for: key(1))
        try await journal.keep(self.answer(2), for: key(2))
        #expect(journal.answer(to: key(1)) == answer)
        await journal.close()
        let text = String(decoding: try folder.bytes("training/job/asked.jsonl"), as: UTF8.self)
        #expect(!text.contains("secret-42"))
        let again = try Journal(file: path)
        let left = try #require(again.answer(to: key(1)))
        #expect(String(decoding: left.body, as: UTF8.self).contains("say [redacted] now"))
        #expect((left.cost, left.model) == (answer.cost, answer.model))
        #expect(again.answer(to: key(2)) == self.answer(2))
        await again.close()
    }

    @Test func `line breaks between a body's tokens do not break the line`() async throws {
        let journal = try Journal(file: path)
        var pretty = answer(1)
        pretty.body = Array("{\n  \"choices\": []\r\n}".utf8)
        try await journal.keep(pretty, for: key(1))
        await journal.close()
        let again = try Journal(file: path)
        #expect(again.answer(to: key(1))?.body == Array("{   \"choices\": []  }".utf8))
        await again.close()
    }

    @Test func `torn at any byte, the whole lines are there, and what comes next is kept`() async throws {
        let journal = try Journal(file: path)
        for number in 1...3 { try await journal.keep(answer(number), for: key(number)) }
        await journal.close()
        let bytes = try folder.bytes("training/job/asked.jsonl")
        let torn = "\(folder.path)/torn.jsonl"
        for length in 0...bytes.count {
            let descriptor = open(torn, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            #expect(bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, length) } == length)
            close(descriptor)
            let cut = try Journal(file: torn)
            // A line without its end is whole all the same if the end is all that is missing.
            let whole = bytes[..<length].count { $0 == 0x0a } + (bytes[safe: length] == 0x0a ? 1 : 0)
            #expect(cut.count == whole, "cut at \(length)")
            try await cut.keep(answer(9), for: key(9))
            await cut.close()
            let again = try Journal(file: torn)
            #expect(again.count == whole + 1, "cut at \(length)")
            #expect(again.answer(to: key(9)) == answer(9))
            await again.close()
        }
    }

    @Test func `a second process is refused while the first one works`() async throws {
        let journal = try Journal(file: path)
        #expect(throws: AskFailure.self) { try Journal(file: path) }
        await journal.close()
        let next = try Journal(file: path)
        await next.close()
    }

    @Test func `many at once are all on the disk when they return`() async throws {
        let journal = try Journal(file: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...200 {
                let (key, answer) = (key(number), answer(number))
                group.addTask { try await journal.keep(answer, for: key) }
            }
            try await group.waitForAll()
        }
        #expect(try folder.bytes("training/job/asked.jsonl").count { $0 == 0x0a } == 200)
        await journal.close()
        let again = try Journal(file: path)
        #expect(again.count == 200)
        await again.close()
    }
}

extension [UInt8] {
    fileprivate subscript(safe index: Int) -> UInt8? { indices.contains(index) ? self[index] : nil }
}
