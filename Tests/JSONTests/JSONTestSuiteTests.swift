import Foundation
import Testing

@testable import JSON

/// nst/JSONTestSuite: y_ must be accepted, n_ refused, i_ is ours to decide; both readers must decide alike.
/// It lies beside the project, not in it; where it is absent the suite is skipped.
@Suite("JSONTestSuite", .enabled(if: TestSuiteFile.isPresent, "../shared/data/json-test-suite is absent: skipped"))
struct JSONTestSuiteTests {
    @Test("the suite is there in full") func complete() throws {
        #expect(try TestSuiteFile.all().count > 300)
    }

    @Test("both readers accept y_ and refuse n_, whole and byte by byte") func verdicts() throws {
        let parser = JSONParser()
        for file in try TestSuiteFile.all() {
            let whole = JSONReader.check(file.bytes) == nil
            let bytewise = ByteByByte.accepts(file.bytes)
            let vectorised = (try? parser.parse(file.bytes, integers: .any)) != nil
            if let wanted = file.isAccepted {
                #expect(whole == wanted, "the reader, whole: \(file.name)")
            }
            #expect(bytewise == whole, "the reader, byte by byte: \(file.name)")
            #expect(vectorised == whole, "the parser: \(file.name)")
        }
    }

    @Test("every prefix of what is accepted is viable, and parse then encode is accepted again") func prefixes() throws
    {
        for file in try TestSuiteFile.all() where file.isAccepted == true {
            var reader = JSONReader()
            var events = IgnoredEvents()
            for byte in file.bytes {
                try reader.feed(byte, into: &events)
                #expect(reader.isViable, "\(file.name)")
            }
            let tree = try JSONTree.parse(file.bytes)
            #expect(try JSONTree.parse(tree.encode()) == tree, "\(file.name)")
            #expect(try JSONTree.parse(tree.encode(pretty: true)) == tree, "\(file.name)")
        }
    }
}

struct TestSuiteFile {
    let name: String
    let bytes: [UInt8]

    /// Nil where the suite leaves it open.
    var isAccepted: Bool? { name.hasPrefix("y_") ? true : name.hasPrefix("n_") ? false : nil }

    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data/json-test-suite").standardized

    static var isPresent: Bool { FileManager.default.fileExists(atPath: directory.path) }

    static func all() throws -> [TestSuiteFile] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
            .filter { $0.hasSuffix(".json") }
            .map { TestSuiteFile(name: $0, bytes: Array(try Data(contentsOf: directory.appending(path: $0)))) }
    }
}

enum ByteByByte {
    static func accepts(_ bytes: [UInt8]) -> Bool {
        var reader = JSONReader()
        var events = IgnoredEvents()
        do {
            for byte in bytes { try reader.feed(byte, into: &events) }
            let complete = reader.isComplete
            try reader.finish(into: &events)
            return complete
        } catch { return false }
    }
}
