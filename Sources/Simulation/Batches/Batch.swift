import JSON

/// Requests of a file that models answer in their own time.
struct Batch {
    enum Status: String {
        case validating, failed
        case inProgress = "in_progress"
        case finalizing, completed, cancelling, cancelled
    }

    /// One line of the file: what is asked, under whose name.
    struct Line {
        var customID: String
        var body: [UInt8]
    }

    var id = "batch_" + randomName()
    var created = secondsSince1970()
    var endpoint: String
    var window: String
    var inputFile: String
    var metadata: JSONTree
    var status = Status.validating
    /// When it came into its later states, by their names.
    var moments: [(String, JSONTree)] = []
    var lines: [Line] = []
    var done = 0
    var completed = 0
    var failed = 0
    var output: [UInt8] = []
    var errors: [UInt8] = []
    var outputFile: String?
    var errorFile: String?
    /// Why nothing of it was begun: code, message, line.
    var refusals: [(code: String, message: String, line: Int)] = []

    mutating func become(_ status: Status) {
        self.status = status
        moments.append(("\(status.rawValue)_at", .int(secondsSince1970())))
    }

    /// The lines of a file, or all that is wrong with them.
    mutating func read(_ file: StoredFile) {
        var names: Set<String> = []
        for (index, text) in file.content.split(separator: UInt8(ascii: "\n")).enumerated() {
            func refuse(_ code: String, _ message: String) { refusals.append((code, message, index + 1)) }
            guard let tree = try? JSONTree.parse(text), tree.object != nil else {
                refuse("invalid_json_line", "This line is not parseable as valid JSON.")
                continue
            }
            guard let name = tree["custom_id"]?.string, let url = tree["url"]?.string, let body = tree["body"],
                body.object != nil, tree["method"]?.string == "POST"
            else {
                refuse("missing_required_parameter", "A line needs custom_id, method POST, url and body.")
                continue
            }
            if url != endpoint {
                refuse("mismatched_endpoint", "The URL \(url) is not the batch's endpoint \(endpoint).")
            }
            if !names.insert(name).inserted {
                refuse("duplicate_custom_id", "The custom_id \(name) was used before.")
            }
            lines.append(Line(customID: name, body: body.encode()))
        }
        if lines.isEmpty, refusals.isEmpty { refusals.append(("empty_file", "The input file is empty.", 0)) }
    }

    /// One line's answer.
    mutating func answered(_ line: Line, status: Int, body: [UInt8]) {
        let response = object([
            ("status_code", .int(status)), ("request_id", .string("req_" + randomName())),
            ("body", (try? JSONTree.parse(body)) ?? .null),
        ])
        let text = object([
            ("id", .string("batch_req_" + randomName())), ("custom_id", .string(line.customID)),
            ("response", response), ("error", .null),
        ]).encode()
        if status < 400 {
            completed += 1
            output += text + [UInt8(ascii: "\n")]
        } else {
            failed += 1
            errors += text + [UInt8(ascii: "\n")]
        }
    }

    var tree: JSONTree {
        let list = refusals.map { refusal in
            object([
                ("code", .string(refusal.code)), ("message", .string(refusal.message)), ("param", .null),
                ("line", refusal.line == 0 ? .null : .int(refusal.line)),
            ])
        }
        let errors = object([("object", .string("list")), ("data", .array(list))])
        let counts = object([("total", .int(lines.count)), ("completed", .int(completed)), ("failed", .int(failed))])
        return object(
            [
                ("id", .string(id)), ("object", .string("batch")), ("endpoint", .string(endpoint)),
                ("errors", refusals.isEmpty ? .null : errors), ("input_file_id", .string(inputFile)),
                ("completion_window", .string(window)), ("status", .string(status.rawValue)),
                ("output_file_id", outputFile.map(JSONTree.string) ?? .null),
                ("error_file_id", errorFile.map(JSONTree.string) ?? .null), ("created_at", .int(created)),
                ("expires_at", .int(created + 86_400)), ("request_counts", counts), ("metadata", metadata),
            ] + moments
        )
    }
}
