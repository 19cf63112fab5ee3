public import Completions

/// Bytes of an answer's text, valid only during the call that receives them.
public typealias TextBytes = UnsafeBufferPointer<UInt8>

/// What a check has to say: nothing against the text, or why not.
public enum Ruling: Sendable, Equatable {
    /// Nothing speaks against it (of a prefix: so far).
    case pass
    /// It fails. The words are short: what was expected, what was found, where.
    case fail(String)
    /// The check gave up at a limit: reported as `format.<check>_limit`, never as a pass.
    case limit(String)
}

/// A format check: compiled once from the configuration, then immutable and shared by all workers.
///
/// Writing one: a file in `Checks/`, one line in ``KnownChecks``, and it must pass the contract test that all
/// checks share. The law behind the shape: *the whole check is the incremental one fed to its end*. There is no
/// second implementation for whole texts, so what early abort refutes is what the whole check would have failed.
///
/// - ``begin()`` makes the state for one text. Make it a struct: judging a whole text then allocates nothing.
/// - Options are read in ``init(options:files:)``; refuse what you do not know, and say which option.
public protocol FormatCheck: Sendable {
    associatedtype Run: CheckRun

    /// The word in the configuration, and in `format.<name>`.
    static var name: String { get }

    /// - Parameters:
    ///   - options: as the configuration gave them.
    ///   - files: reads a file that an option names, relative to the configuration's place.
    init(options: CheckOptions, files: CheckFiles) throws(CheckError)

    /// What is probably not meant in a file that the options name. None, by default.
    var notes: [CheckNote] { get }

    /// The few texts that can pass, as they were listed, for whoever picks one by a key; nil: it is no such list. Nil
    /// by default.
    var labels: [String]? { get }

    /// State for one text.
    func begin() -> Run

    /// Judges a whole text. The default, which a check keeps, feeds a run to its end.
    func judge(_ text: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling
}

extension FormatCheck {
    public var notes: [CheckNote] { [] }
    public var labels: [String]? { nil }

    public func judge(_ text: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling {
        var run = begin()
        run.take(text, scratch: scratch)
        return run.finish(text, ending: ending, scratch: scratch)
    }
}

/// Reads the files that options name.
public typealias CheckFiles = (_ path: String) throws -> [UInt8]

/// One check on one text as it arrives: take, take, ask about the prefix, take, finish.
///
/// Promises, which the contract test holds every check to:
/// - how the text is cut into pieces changes nothing;
/// - ``viability(_:scratch:)`` fails only if every text with this prefix fails; it never answers `.limit`, and it
///   may be asked at any time, or never.
public protocol CheckRun {
    /// The next piece of the text, cut anywhere, also inside a character.
    mutating func take(_ piece: TextBytes, scratch: JudgingScratch)

    /// Can a text that begins with `soFar` (all that was taken) still pass?
    mutating func viability(_ soFar: TextBytes, scratch: JudgingScratch) -> Ruling

    /// The text is complete: `whole` is all that was taken.
    mutating func finish(_ whole: TextBytes, ending: FinishReason?, scratch: JudgingScratch) -> Ruling
}
