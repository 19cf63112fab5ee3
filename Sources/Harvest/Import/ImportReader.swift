// The lines of a file as examples, and every line that is none with what is wrong about it. One mistake hides no other.

import JSON

struct ImportReader {
    private(set) var examples: [ImportedExample] = []
    private(set) var problems: [ImportProblem] = []
    /// What was passed over on purpose, in words.
    private(set) var notes: [String] = []

    init(_ bytes: [UInt8], _ format: ImportFormat) {
        // A byte order mark is no text: Windows writes it, and trainers choke on it.
        var text = bytes[...]
        if text.starts(with: [0xef, 0xbb, 0xbf]) { text = text.dropFirst(3) }
        guard checkEncoding(text) else { return }
        switch format {
        case .jsonl: readLines(text)
        case .csv: readTable(text)
        }
        if examples.isEmpty, problems.isEmpty { add(1, "the file holds no examples") }
    }

    private mutating func add(_ line: Int, _ message: String) {
        problems.append(ImportProblem(line: line, message: message))
    }

    private mutating func checkEncoding(_ text: ArraySlice<UInt8>) -> Bool {
        if text.starts(with: [0xff, 0xfe]) || text.starts(with: [0xfe, 0xff]) {
            add(1, "the file is UTF-16: save it as UTF-8")
            return false
        }
        var line = 1
        for part in text.split(separator: 0x0a, omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil {
                add(line, "not UTF-8 (Latin-1, perhaps): save the file as UTF-8")
            }
            line += 1
        }
        return problems.isEmpty
    }

    // MARK: JSON lines

    private mutating func readLines(_ text: ArraySlice<UInt8>) {
        var number = 0
        for bytes in text.split(separator: 0x0a, omittingEmptySubsequences: false) {
            number += 1
            if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
            let line: JSONTree
            do throws(JSONError) {
                line = try JSONTree.parse(bytes, refusingDuplicateNames: true)
            } catch {
                let isCut = error.reason == .unexpectedEnd
                add(
                    number,
                    isCut ? "a JSON object that does not end on its line: one object a line" : "not JSON: \(error)"
                )
                continue
            }
            do throws(ImportProblem) {
                try readLine(line, number)
            } catch {
                problems.append(error)
            }
        }
    }

    private mutating func readLine(_ line: JSONTree, _ number: Int) throws(ImportProblem) {
        func problem(_ message: String) -> ImportProblem { ImportProblem(line: number, message: message) }
        guard let members = line.object else { throw problem("not a JSON object: each line is one, {...}") }
        if let messages = line["messages"] {
            examples.append(try Self.conversation(messages, members, number))
            return
        }
        for (question, answer) in [("prompt", "completion"), ("input", "output")] where line[question] != nil {
            guard let asked = line[question]?.string else { throw problem("'\(question)' is not a text") }
            guard let said = line[answer] else { throw problem("'\(answer)' is missing beside '\(question)'") }
            guard let said = said.string else { throw problem("'\(answer)' is not a text") }
            if let other = members.first(where: { $0.name != question && $0.name != answer }) {
                throw problem("'\(other.name)' is not a member of this format: take it out")
            }
            try take(question, asked, said, number)
            return
        }
        throw problem("neither 'messages' nor 'prompt' and 'completion': which dialect is this?")
    }

    private static func conversation(
        _ messages: JSONTree,
        _ members: [JSONTree.Member],
        _ number: Int
    ) throws(ImportProblem) -> ImportedExample {
        func problem(_ message: String) -> ImportProblem { ImportProblem(line: number, message: message) }
        let known: Set<String> = ["messages", "tools", "parallel_tool_calls", "functions"]
        if let other = members.first(where: { !known.contains($0.name) }) {
            throw problem("'\(other.name)' is not a member of this format: take it out")
        }
        guard let messages = messages.array, let last = messages.last else {
            throw problem("'messages' is no list, or empty")
        }
        for (index, message) in messages.enumerated() where message["role"]?.string == nil {
            throw problem("messages[\(index)] has no role")
        }
        guard last["role"]?.string == "assistant" else {
            throw problem("the last message is not the assistant's: there is no answer to learn")
        }
        guard last["weight"]?.int != 0 else {
            throw problem("the last message has weight 0: nothing is to be learnt from this line")
        }
        guard messages.dropLast().contains(where: { $0["role"]?.string == "user" }) else {
            throw problem("no message of a user before the answer")
        }
        let asked = messages.dropLast().map { message -> JSONTree in
            // A word of training files; requests do not have it.
            .object((message.object ?? []).filter { $0.name != "weight" })
        }
        return ImportedExample(
            line: number,
            question: .messages(Array(asked), rest: members.filter { $0.name != "messages" }),
            answer: .message(last)
        )
    }

    private mutating func take(
        _ name: String,
        _ question: String,
        _ answer: String,
        _ line: Int
    ) throws(ImportProblem) {
        let isPrompt = name == "prompt"
        if question.trimmed.isEmpty { throw ImportProblem(line: line, message: "'\(name)' is empty") }
        if answer.trimmed.isEmpty {
            throw ImportProblem(line: line, message: "'\(isPrompt ? "completion" : "output")' is empty")
        }
        examples.append(
            ImportedExample(
                line: line,
                question: isPrompt ? .prompt(question) : .input(question),
                answer: isPrompt ? .completion(answer) : .text(answer)
            )
        )
    }

    // MARK: Tables

    private mutating func readTable(_ text: ArraySlice<UInt8>) {
        var rows = CSVReader(text)
        do throws(CSVReader.Problem) {
            guard let head = try rows.next() else { return }
            let names = head.fields.map { $0.trimmed.lowercased() }
            let pairs = [("input", "output"), ("prompt", "completion")]
            guard let (question, answer) = pairs.first(where: { names.contains($0.0) && names.contains($0.1) }) else {
                return add(
                    head.line,
                    "the first line names the columns: 'input' and 'output', or 'prompt' and 'completion'; "
                        + "found \(names.map { "'\($0)'" }.joined(separator: ", "))"
                )
            }
            let others = names.filter { $0 != question && $0 != answer }
            if !others.isEmpty {
                notes.append("columns that were passed over: \(others.joined(separator: ", "))")
            }
            let places = (names.firstIndex(of: question) ?? 0, names.firstIndex(of: answer) ?? 0)
            while let row = try rows.next() {
                guard row.fields.count == names.count else {
                    add(
                        row.line,
                        "\(row.fields.count) columns, the first line has \(names.count): is a separator not in quotes?"
                    )
                    continue
                }
                do throws(ImportProblem) {
                    try take(question, row.fields[places.0], row.fields[places.1], row.line)
                } catch {
                    problems.append(error)
                }
            }
        } catch {
            // Where a quote does not end, nobody can say where the next row begins.
            add(error.line, error.message)
        }
    }
}
