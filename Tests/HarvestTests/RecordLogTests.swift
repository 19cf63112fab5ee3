import Glibc
import Testing

@testable import Harvest

@Suite("The record log")
struct RecordLogTests {
    private static func record(_ number: UInt32) -> ExchangeRecord {
        var record = ExchangeRecord(id: .next(), receivedAt: .now())
        record.requestBytes = number
        return record
    }

    private static func files(_ directory: String) -> [String] {
        TemporaryDirectory.names(directory).map { directory + "/" + $0 }
    }

    @Test("writes every record, with the names it refers to, and they read back as they were")
    func roundTrip() async throws {
        let directory = TemporaryDirectory()
        let log = try RecordLog(directory: directory.path + "/records")
        let buffer = log.buffer()
        var first = Self.record(1)
        first.route = log.names.index(of: "code-search")
        first.scores.minimum = -0.25
        first.flags = [.stream, .harvested]
        buffer.append(first)
        await log.flush()
        // A name that is new when the file is half written.
        var second = Self.record(2)
        second.reason = log.names.index(of: "format.json")
        second.route = log.names.index(of: "code-search")
        buffer.append(second)
        await log.flush()
        let paths = Self.files(directory.path + "/records")
        #expect(paths.count == 1)
        let file = try ExchangeFile(path: paths[0])
        #expect(file.tornBytes == 0)
        #expect(file.records.map(\.requestBytes) == [1, 2])
        #expect(file.records.map { file.text($0.route) } == ["code-search", "code-search"])
        #expect(file.records.map { file.text($0.reason) } == ["", "format.json"])
        #expect(file.records[0].id == first.id)
        #expect(file.records[0].scores.minimum == -0.25 && file.records[0].scores.mean.isNaN)
        #expect(file.records[0].flags == [.stream, .harvested])
        #expect(mode(of: directory.path + "/records") == 0o700)
        #expect(mode(of: paths[0]) == 0o600)
        log.close()
    }

    @Test("loses nothing between several workers and its thread, in files that roll")
    func workers() async throws {
        let directory = TemporaryDirectory()
        let log = try RecordLog(directory: directory.path, rules: RecordLog.Rules(fileSize: 200_000))
        let appended = await withTaskGroup(of: Int.self) { group in
            for worker in 0..<4 {
                let buffer = log.buffer()
                group.addTask {
                    for number in 0..<5000 {
                        buffer.append(Self.record(UInt32(worker * 5000 + number)))
                        // As a worker would: never so fast that the disk is left behind.
                        if number % 200 == 0 { await log.flush() }
                    }
                    return 5000
                }
            }
            return await group.reduce(0, +)
        }
        await log.flush()
        #expect(log.counters.written + log.counters.dropped == appended)
        #expect(log.counters.dropped == 0)
        let paths = Self.files(directory.path)
        #expect(paths.count > 5)
        let numbers = try paths.flatMap { try ExchangeFile(path: $0).records.map(\.requestBytes) }
        #expect(numbers.sorted() == Array(0..<UInt32(appended)))
        log.close()
    }

    @Test("drops and counts when its thread does not come round, and holds no more memory than it may")
    func pressure() async throws {
        let directory = TemporaryDirectory()
        let log = try RecordLog(directory: directory.path)
        let gate = Gate()
        log.onWriterThread { gate.wait() }
        let buffer = log.buffer()
        let room = RecordLog.Buffer.lot * (RecordLog.Buffer.lots + 1)
        for number in 0..<room + 100 { buffer.append(Self.record(UInt32(number))) }
        #expect(log.counters.dropped == 100)
        gate.open()
        await log.flush()
        #expect(log.counters.written == room)
        buffer.append(Self.record(7))
        await log.flush()
        #expect(log.counters.written == room + 1)
        log.close()
    }

    @Test("keeps the newest files within its size, and none beyond its age")
    func retention() async throws {
        let directory = TemporaryDirectory()
        let rules = RecordLog.Rules(keepSize: 30_000, fileSize: 10_000)
        let log = try RecordLog(directory: directory.path, rules: rules)
        let buffer = log.buffer()
        for number in 0..<100 {
            for row in 0..<10 { buffer.append(Self.record(UInt32(number * 10 + row))) }
            await log.flush()
        }
        log.close()
        let numbers = try Self.files(directory.path).flatMap { try ExchangeFile(path: $0).records.map(\.requestBytes) }
        #expect(numbers.count >= 40 && numbers.count < 120)
        #expect(numbers.sorted() == Array(UInt32(1000 - numbers.count)..<1000))

        // A year old, by the time of its last write.
        for path in Self.files(directory.path) {
            var times = [
                timespec(tv_sec: time(nil) - 31_536_000, tv_nsec: 0),
                timespec(tv_sec: time(nil) - 31_536_000, tv_nsec: 0),
            ]
            utimensat(AT_FDCWD, path, &times, 0)
        }
        let later = try RecordLog(directory: directory.path)
        await later.flush()
        #expect(directory.names().isEmpty)
        later.close()
    }

    @Test("goes over to another directory and other bounds without losing a record")
    func adopting() async throws {
        let directory = TemporaryDirectory()
        let (old, new) = (directory.path + "/old", directory.path + "/new/deep")
        func numbers(_ path: String) throws -> [UInt32] {
            try Self.files(path).flatMap { try ExchangeFile(path: $0).records.map(\.requestBytes) }.sorted()
        }
        let log = try RecordLog(directory: old, rules: RecordLog.Rules(fileSize: 1))
        let buffer = log.buffer()
        var record = Self.record(1)
        record.route = log.names.index(of: "code-search")
        buffer.append(record)
        try RecordLog.prepare(directory: new)
        await log.adopt(directory: new, rules: RecordLog.Rules(fileSize: 1))
        #expect(try numbers(old) == [1])
        for number in 2...9 {
            record.requestBytes = UInt32(number)
            buffer.append(record)
            await log.flush()
        }
        #expect(try numbers(old) == [1])
        #expect(try numbers(new) == Array(2...9))
        let first = try ExchangeFile(path: Self.files(new)[0])
        #expect(first.records.map { first.text($0.route) } == ["code-search"])
        // Lower bounds hold at once: a file of one record is larger than 300 bytes.
        await log.adopt(directory: new, rules: RecordLog.Rules(keepSize: 1000))
        #expect(try numbers(new).count < 4)
        #expect(try numbers(new).last == 9)
        log.close()
        Glibc.close(open(directory.path + "/file", O_CREAT | O_WRONLY, 0o600))
        #expect(throws: FileError.self) { try RecordLog.prepare(directory: directory.path + "/file") }
    }

    @Test("counts what it could not write, and goes on when the disk is back")
    func failing() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/records"
        let log = try RecordLog(directory: path)
        rename(path, path + ".away")
        let buffer = log.buffer()
        buffer.append(Self.record(1))
        await log.flush()
        #expect(log.counters.dropped == 1)
        #expect(log.counters.errors == 1)
        #expect(log.counters.lastError?.contains("No such file") == true)
        rename(path + ".away", path)
        buffer.append(Self.record(2))
        await log.flush()
        #expect(try Self.files(path).flatMap { try ExchangeFile(path: $0).records.map(\.requestBytes) } == [2])
        log.close()
    }

    @Test("writes what is there when it is closed, and loses what comes later")
    func close() async throws {
        let directory = TemporaryDirectory()
        let log = try RecordLog(directory: directory.path)
        let buffer = log.buffer()
        buffer.append(Self.record(1))
        log.close()
        log.close()
        for _ in 0..<10_000 { buffer.append(Self.record(2)) }
        #expect(
            try Self.files(directory.path).flatMap { try ExchangeFile(path: $0).records.map(\.requestBytes) } == [1]
        )
    }
}

@Suite("A file of exchange records")
struct ExchangeFileTests {
    private static func sample() -> [UInt8] {
        var bytes = ExchangeFile.header
        ExchangeFile.appendNames(["", "a"], to: &bytes)
        ExchangeFile.appendRows([ExchangeRecord(id: .next(), receivedAt: .now())], to: &bytes)
        ExchangeFile.appendRows([ExchangeRecord(id: .next(), receivedAt: .now())], to: &bytes)
        return bytes
    }

    @Test("cut off anywhere gives the whole blocks before")
    func torn() throws {
        let bytes = Self.sample()
        let row = 16 + MemoryLayout<ExchangeRecord>.stride
        for count in 0...bytes.count {
            let file = try ExchangeFile(bytes: Array(bytes[..<count]), path: "x")
            let rows = max(0, count - (bytes.count - 2 * row)) / row
            #expect(file.records.count == rows, "cut at \(count)")
            #expect(
                (file.tornBytes == 0) == [0, 16, bytes.count - 2 * row, bytes.count - row, bytes.count].contains(count)
            )
        }
    }

    @Test("with a flipped byte never gives a wrong record")
    func damaged() throws {
        let bytes = Self.sample()
        let whole = try ExchangeFile(bytes: bytes, path: "x").records.map(\.id)
        for index in 16..<bytes.count {
            var damaged = bytes
            damaged[index] ^= 0x41
            guard let file = try? ExchangeFile(bytes: damaged, path: "x") else { continue }
            #expect(whole.starts(with: file.records.map(\.id)), "byte \(index)")
            #expect(file.records.count < 2, "byte \(index)")
        }
    }

    @Test("of another version is refused, and both are named")
    func version() {
        var bytes = Self.sample()
        bytes[8] = 9
        #expect(throws: ExchangeFileError.version(path: "x", found: 9, known: 1)) {
            try ExchangeFile(bytes: bytes, path: "x")
        }
    }

    @Test("that is none is refused", arguments: ["UEXCHREx", "something else altogether"])
    func foreign(_ text: String) {
        #expect(throws: ExchangeFileError.foreign(path: "x")) { try ExchangeFile(bytes: Array(text.utf8), path: "x") }
    }
}
