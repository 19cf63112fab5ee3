// How often the holdout's inputs were looked at. Who tries ten models on the same inputs and takes the best has a lucky
// one, not a good one: so the k-th evaluation that sees an input must be surer than the one before it (`Looks`), and
// all there ever may be err with a probability of 5 % together.
//
// A look is one set of answers that was shown. The same version, asked again, with the same answers to the same inputs,
// says nothing new and is the same look: a command that was killed and run again is at the figures it would have been
// at. The look is written down before the first figure is shown.
//
// A document of the store (`holdout_looks`, one a route): digests only.

public import Digest
public import Harvest
import JSON
import Statistics

public struct LookBook: Sendable, Equatable {
    public static let kind = "holdout_looks"

    /// An evaluation that was shown.
    public struct Look: Sendable, Equatable {
        /// The model that was measured.
        public var subject: String
        /// Of the answers to all inputs.
        public var answers: String
        /// Which look it was for its inputs, from 1.
        public var number: Int
        public var at: WallTime
    }

    public private(set) var looks: [Look] = []
    /// Of each input, the first 16 digits of its digest: positions in `looks`.
    private var seen: [String: [Int]] = [:]

    public init() {}

    /// How often evaluations have seen an input.
    /// - Parameter subject: whose looks do not count; nil: all do.
    public func count(_ input: Digest32, except subject: String? = nil) -> Int {
        guard let places = seen[input.hex(digits: 16)] else { return 0 }
        return places.count { looks[$0].subject != subject }
    }

    /// Notes a look, unless it is noted.
    /// - Returns: which one it is, from 1.
    public mutating func look(
        at inputs: [Digest32],
        subject: String,
        answers: Digest32,
        at time: WallTime = .now()
    ) -> Int {
        let answers = answers.hex(digits: 32)
        if let known = looks.first(where: { $0.subject == subject && $0.answers == answers }) { return known.number }
        let number = 1 + (inputs.map { count($0) }.max() ?? 0)
        for input in inputs { seen[input.hex(digits: 16), default: []].append(looks.count) }
        looks.append(Look(subject: subject, answers: answers, number: number, at: time))
        return number
    }

    /// Which of the inputs to measure with: those seen by others at most so often that the bound of a good model is the
    /// highest. Fresh inputs are worth more, many are worth more; the answers play no part.
    public func choose<Item>(_ items: [Item], subject: String, input: (Item) -> Digest32) -> [Item] {
        let counts = items.map { count(input($0), except: subject) }
        func bound(_ most: Int) -> Double {
            let of = counts.count { $0 <= most }
            let agreeing = Int((0.95 * Double(of)).rounded())
            return MeasuredShare(agreeing, of: of, confidence: Looks.confidence(at: most + 1)).lower
        }
        guard let best = Set(counts).sorted().max(by: { bound($0) < bound($1) }) else { return [] }
        return zip(items, counts).filter { $0.1 <= best }.map(\.0)
    }
}

extension LookBook {
    /// Reads what `encode` wrote; an empty book for anything else.
    public init(json: [UInt8]?) {
        guard let json, let tree = try? JSONTree.parse(json) else { return }
        for entry in tree["looks"]?.array ?? [] {
            looks.append(
                Look(
                    subject: entry["subject"]?.string ?? "",
                    answers: entry["answers"]?.string ?? "",
                    number: entry["number"]?.int ?? 1,
                    at: entry["at"]?.string.flatMap { WallTime(rfc3339: $0) } ?? WallTime(microseconds: 0)
                )
            )
        }
        for member in tree["inputs"]?.object ?? [] {
            seen[member.name] = (member.value.array ?? []).compactMap(\.int).filter { looks.indices.contains($0) }
        }
    }

    public func encode() -> [UInt8] {
        JSONTree.members([
            (
                "looks",
                .array(
                    looks.map { look in
                        .members([
                            ("subject", .string(look.subject)), ("answers", .string(look.answers)),
                            ("number", .int(look.number)), ("at", .string(look.at.rfc3339)),
                        ])
                    }
                )
            ),
            ("inputs", .members(seen.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value.map { .int($0) })) })),
        ]).encode()
    }
}
