/// Writes server-sent events (HTML standard, 9.2) in the way a script wants them.
struct EventFraming {
    private let script: StreamScript
    private var count = 0

    init(_ script: StreamScript) { self.script = script }

    /// One event with its blank line, and before it a comment where one is due. `data` is JSON, or `[DONE]`.
    mutating func frame(_ data: [UInt8]) -> [UInt8] {
        count += 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 16)
        if script.commentEvery > 0, count % script.commentEvery == 0 {
            bytes.append(contentsOf: ": still here".utf8)
            bytes.append(contentsOf: script.lineEnd.bytes)
            bytes.append(contentsOf: script.lineEnd.bytes)
        }
        // The first comma of our answers follows the id, so a line may end there; in an error it may lie in the
        // message.
        if script.splitData, data.starts(with: #"{"id""#.utf8), let comma = data.firstIndex(of: UInt8(ascii: ",")) {
            append(data[...comma], to: &bytes)
            append(data[(comma + 1)...], to: &bytes)
        } else {
            append(data[...], to: &bytes)
        }
        bytes.append(contentsOf: script.lineEnd.bytes)
        return bytes
    }

    private func append(_ line: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: (script.space ? "data: " : "data:").utf8)
        bytes.append(contentsOf: line)
        bytes.append(contentsOf: script.lineEnd.bytes)
    }
}
