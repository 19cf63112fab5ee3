/// A rule that cannot be compiled, in words that name the place in it.
public struct RedactionRuleError: Error, Sendable, Equatable {
    public let message: String
}

/// What must not be kept of a route's texts: patterns and JSON paths, compiled once, then immutable and shared.
///
/// - `regex`: PCRE2 as the check of that name reads it. Each match in any text is replaced: request, prompts, answers,
///   metadata, names of members and numbers included. JSON inside a text is decoded, redacted and written again, so that
///   an escape hides nothing; what still matches across its members is replaced as text.
/// - `json_path`: a ``JSONPath``. Documents are the request, and each text that is a JSON object or array: an answer, a
///   message, the arguments of a tool call. What a path takes out of one text is taken out of all the others too,
///   wherever it stands there, if it has four bytes or more: a prompt repeats the message that it was made of.
///
/// What is replaced reads `[redacted]`. A number or an object becomes that string, so JSON stays JSON. The names of the
/// wire (`role`, `content`, ...) and its words (`user`, `stop`, ...) stay, whatever a pattern says, or nothing could be
/// read any more.
public struct Redactor: Sendable {
    public enum Rule: Sendable, Hashable {
        case regex(String)
        case jsonPath(String)
    }

    public static let marker = "[redacted]"

    let patterns: [(pattern: CompiledPattern, text: String)]
    let paths: [JSONPath]

    public init(_ rules: [Rule]) throws(RedactionRuleError) {
        var patterns: [(CompiledPattern, String)] = []
        var paths: [JSONPath] = []
        for rule in rules {
            switch rule {
            case .regex(let text):
                do throws(PatternError) {
                    patterns.append((try CompiledPattern(text), text))
                } catch {
                    throw RedactionRuleError(message: error.message)
                }
            case .jsonPath(let text):
                do throws(JSONPathError) {
                    paths.append(try JSONPath(text))
                } catch {
                    throw RedactionRuleError(message: "\(error.message) (at offset \(error.offset))")
                }
            }
        }
        self.patterns = patterns
        self.paths = paths
    }
}
