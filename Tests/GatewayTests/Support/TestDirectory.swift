import Foundation
import Glibc

/// Something that the machine lacks or that did not happen in time, in a sentence.
struct Unable: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A private directory that is gone with the test.
final class TestDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/understudy-gateway-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Unable("no temporary directory can be made") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    func read(_ name: String) -> String {
        (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? ""
    }
}

/// Asks until the answer is yes; false if it is not within the time.
func becomes(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while try !condition() {
        if Date() > end { return false }
        usleep(2_000)
    }
    return true
}

/// Where a program of the machine is.
func program(_ name: String, package: String) throws -> String {
    let places = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/bin", "/sbin"].map { "\($0)/\(name)" }
    guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
        throw Unable("\(name) is not installed, and this test needs the real one (apt: \(package))")
    }
    return found
}
