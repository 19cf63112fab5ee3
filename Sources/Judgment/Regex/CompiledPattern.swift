private import CPCRE2

/// A pattern that PCRE2 does not accept, in PCRE2's words.
struct PatternError: Error, Sendable {
    /// With the place: "missing closing parenthesis at offset 7".
    let message: String
}

/// A search ended at a limit.
struct PatternLimit: Error {}

/// A regular expression, compiled once, with JIT where the machine has it. Immutable, shared by all workers.
///
/// Matching is a search: the pattern may match anywhere unless it says otherwise. `$` is the very end
/// (`PCRE2_DOLLAR_ENDONLY`), text is UTF-8.
///
/// Cost: PCRE2's `match_limit` bounds the backtracking from each starting point. A first run may backtrack 1,000 times
/// and costs 8 steps and one for 4 bytes of text. Only if that does not do, a second may backtrack 100,000 times, and
/// costs 40,000 steps, whatever comes of it.
final class CompiledPattern: Sendable {
    /// Several threads may match with one compiled pattern at a time (pcre2api, "MULTITHREADING"): matching does not
    /// change it. Freed once, in deinit.
    private nonisolated(unsafe) let code: OpaquePointer

    /// The pattern can match at the text's beginning only. Then a prefix can be refuted.
    let isAnchored: Bool

    enum Flavour {
        /// As PCRE2 reads it.
        case perl
        /// Already translated from ECMA 262 by `ECMAPattern`.
        case ecma
    }

    enum Finding {
        case found, notFound
        /// A limit was reached: nobody knows.
        case limit
    }

    init(_ pattern: String, flavour: Flavour = .perl) throws(PatternError) {
        var options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C
        if flavour == .ecma { options |= PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF }
        var error: CInt = 0
        var offset = 0
        let bytes = Array(pattern.utf8)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil) else {
            throw PatternError(message: "\(Self.words(error)) at offset \(offset)")
        }
        self.code = code
        // Where JIT is missing, pcre2_match interprets: slower, the same answers.
        _ = pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_SOFT)
        var all: UInt32 = 0
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_ALLOPTIONS), &all)
        isAnchored = all & PCRE2_ANCHORED != 0
    }

    deinit {
        pcre2_code_free_8(code)
    }

    /// Looks for the pattern in a text.
    func search(_ text: TextBytes, scratch: JudgingScratch) -> Finding {
        guard scratch.budget.pay(8 + text.count / 4) else { return .limit }
        var result = scratch.matching.match(code, text, limit: 1000, options: 0)
        if result == PCRE2_ERROR_MATCHLIMIT {
            guard scratch.budget.pay(40_000) else { return .limit }
            result = scratch.matching.match(code, text, limit: 100_000, options: 0)
        }
        return finding(result)
    }

    /// Can a text that begins with `prefix` match? True also if nobody knows.
    ///
    /// PCRE2 says "no match", rather than "partial match", only if it never asked for a byte past the end; then
    /// nothing that follows can change its answer. That holds from a fixed start only, so the pattern must be anchored.
    /// Costs as much of the budget as a first run of ``search(_:scratch:)``, and 400 steps if that reaches its limit;
    /// `PrefixJudge` keeps a purse of its own, so that a whole text is not judged differently for having been asked
    /// about on the way.
    func isViable(_ prefix: TextBytes, scratch: JudgingScratch) -> Bool {
        let whole = wholeScalars(prefix)
        // With nothing inspected, PCRE2 has no partial match to report.
        guard isAnchored, whole.count > 0, scratch.budget.pay(8 + whole.count / 4) else { return true }
        let result = scratch.matching.match(code, whole, limit: 1000, options: PCRE2_PARTIAL_SOFT)
        if result == PCRE2_ERROR_MATCHLIMIT { _ = scratch.budget.pay(400) }
        return result != PCRE2_ERROR_NOMATCH
    }

    /// Whether the `count`th look at a growing text runs ``isViable(_:scratch:)``: the 1st, 2nd, 4th and 8th, then
    /// every 16th. It costs as much as matching does, and a doomed text stays doomed.
    static func isDue(look count: Int) -> Bool {
        count <= 8 ? count & (count - 1) == 0 : count % 16 == 0
    }

    /// The first match at or after `start` that is not empty, in a text that is valid UTF-8.
    /// - Throws: where a limit was reached: nobody knows whether there is one.
    func find(
        in text: [UInt8],
        from start: Int,
        _ matching: PatternMatching,
        _ budget: inout StepBudget
    ) throws(PatternLimit) -> Range<Int>? {
        // Without the check of UTF-8, which would read the rest of the text again for every match.
        let options = PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK
        let (result, match) = text.withUnsafeBufferPointer { text in
            var result = matching.match(code, text, from: start, limit: 1000, options: options)
            if result == PCRE2_ERROR_MATCHLIMIT, budget.pay(40_000) {
                result = matching.match(code, text, from: start, limit: 100_000, options: options)
            }
            return (result, result >= 0 ? matching.matched : nil)
        }
        switch finding(result) {
        case .found: return match
        case .notFound: return nil
        case .limit: throw PatternLimit()
        }
    }

    private func finding(_ result: CInt) -> Finding {
        switch result {
        case 0...: .found
        case PCRE2_ERROR_NOMATCH: .notFound
        case PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_JIT_STACKLIMIT,
            PCRE2_ERROR_NOMEMORY, PCRE2_ERROR_RECURSELOOP:
            .limit
        default: .notFound  // text that is not UTF-8 matches nothing
        }
    }

    private static func words(_ error: CInt) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(error, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, Int(length))), as: UTF8.self)
    }
}

/// What PCRE2 needs beside the pattern to run it. One per worker; one ovector pair is enough to hear yes or no.
final class PatternMatching {
    private let data: OpaquePointer
    private let context: OpaquePointer
    private let stack: OpaquePointer?

    init() {
        // These fail only without memory, and then nothing else works either.
        data = pcre2_match_data_create_8(1, nil)!
        context = pcre2_match_context_create_8(nil)!
        pcre2_set_heap_limit_8(context, 4096)  // KiB, for the interpreter
        stack = pcre2_jit_stack_create_8(32 * 1024, 1024 * 1024, nil)
        pcre2_jit_stack_assign_8(context, nil, stack.map { UnsafeMutableRawPointer($0) })
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_match_context_free_8(context)
        pcre2_jit_stack_free_8(stack)
    }

    /// Where the last match lay; after a search that found one only. A match's start is never past its end: `\K` in an
    /// assertion is refused at compile time.
    var matched: Range<Int> {
        let offsets = pcre2_get_ovector_pointer_8(data)!
        return offsets[0]..<offsets[1]
    }

    func match(
        _ code: OpaquePointer,
        _ text: TextBytes,
        from start: Int = 0,
        limit: UInt32,
        options: UInt32
    ) -> CInt {
        pcre2_set_match_limit_8(context, limit)
        // An empty text has no address, and PCRE2 takes a null subject for an error before 10.41.
        var nothing: UInt8 = 0
        guard let subject = text.baseAddress else {
            return pcre2_match_8(code, &nothing, 0, 0, options, data, context)
        }
        return pcre2_match_8(code, subject, text.count, start, options, data, context)
    }
}

/// The text without a character that has begun and not ended at its end.
func wholeScalars(_ text: TextBytes) -> TextBytes {
    var continuations = 0
    while continuations < min(3, text.count) {
        let byte = text[text.count - 1 - continuations]
        if byte & 0xC0 != 0x80 {
            let expected = byte < 0xC0 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3
            if expected > continuations { return TextBytes(rebasing: text[..<(text.count - 1 - continuations)]) }
            return text
        }
        continuations += 1
    }
    return text
}
