extension TokenModel {
    /// Learns the lessons; `report` is called after each epoch and says whether to go on, `goesOn` is asked in between.
    ///
    /// A tenth of the lessons is held back, to find out how much the scores can be trusted. Words of one lesson only
    /// count as unknown while that lesson is learnt, and what stood at a place in that lesson only as never seen there:
    /// so the model learns from its lessons how new inputs will look to it.
    ///
    /// - Returns: nil when it was stopped, or when there is nothing to learn.
    public static func train(
        _ lessons: [Lesson],
        validation: [Lesson] = [],
        plan: TrainingPlan = TrainingPlan(),
        goesOn: () -> Bool = { true },
        report: (EpochReport) -> Bool = { _ in true }
    ) -> TokenModel? {
        guard !lessons.isEmpty, var trainee = Trainee(lessons, plan: plan) else { return nil }
        let checked = validation.map { trainee.prepare($0) }
        for epoch in 1...max(1, plan.epochs) {
            guard let (loss, accuracy) = trainee.learn(goesOn: goesOn) else { return nil }
            var done = EpochReport(epoch: epoch, epochs: max(1, plan.epochs), loss: loss, accuracy: accuracy)
            if !checked.isEmpty {
                let measured = trainee.measure(checked)
                done.validLoss = measured.mean
                done.validAccuracy = measured.accuracy
            }
            if !report(done) { return nil }
        }
        return trainee.finish()
    }
}

/// A model that is being trained.
private struct Trainee {
    struct Prepared {
        var reading: Reading
        var units: [Unit]
    }

    /// Sums over the questions that were asked.
    struct Tally {
        var heads = 0.0
        var cores = 0.0
        var asked = 0
        var right = 0

        var mean: Double { asked == 0 ? 0 : (heads + cores) / Double(asked) }
        var accuracy: Double { asked == 0 ? 0 : Double(right) / Double(asked) }

        mutating func add(_ chance: Float, to sum: WritableKeyPath<Tally, Double>, isRight: Bool) {
            self[keyPath: sum] -= logarithm(chance)
            asked += 1
            if isRight { right += 1 }
        }
    }

    /// Looks at each lesson in one epoch.
    private static let looks = 4
    private static let rate: Float = 2
    private static let dropped: Float = 0.3
    /// So often a core that stands in the input is learnt as a copy, whether its place knows it or not.
    private static let copied: Float = 0.15

    private let lessons: [Lesson]
    private let rate: Float
    private let frame: Frame
    private var words: [UInt64: Int32] = [:]
    private var grams: Set<UInt64> = []
    private var scorer: Scorer
    private var prepared: [Prepared] = []
    private var heldBack: [Prepared] = []
    private var draws: Draws

    init?(_ lessons: [Lesson], plan: TrainingPlan) {
        self.lessons = lessons
        rate = Self.rate * Float(plan.rate)
        draws = Draws(seed: plan.seed)
        frame = Frame(lessons.map(\.input))
        let vocabulary = Vocabulary(lessons.map(\.output))
        let units = lessons.map { vocabulary.units(Vocabulary.bare($0.output)) }
        if units.allSatisfy(\.isEmpty) { return nil }
        scorer = Scorer(vocabulary, Successors(units, vocabulary), Weights())
        var readings = lessons.map { Reading(frame.inside($0.input)) }
        (words, grams) = Reading.settle(&readings)
        prepared = zip(readings, units).map { Prepared(reading: $0, units: $1) }
        // Every tenth is held back, once there are enough for it to say something.
        guard lessons.count >= 50 else { return }
        heldBack = stride(from: 9, to: prepared.count, by: 10).map { prepared[$0] }
        prepared = prepared.indices.filter { $0 % 10 != 9 }.map { prepared[$0] }
    }

    func prepare(_ lesson: Lesson) -> Prepared {
        Prepared(
            reading: .new(frame.inside(lesson.input), words: words, grams: grams),
            units: scorer.vocabulary.units(Vocabulary.bare(lesson.output))
        )
    }

    /// One epoch; nil when it was stopped.
    mutating func learn(goesOn: () -> Bool) -> (loss: Double, accuracy: Double)? {
        var tally = Tally()
        var order = Array(prepared.indices)
        scorer.dropped = Self.dropped
        for look in 1...Self.looks {
            draws.shuffle(&order)
            tally = Tally()
            for index in order {
                if !goesOn() { return nil }
                go(through: prepared[index], isLearning: true, look == Self.looks, &tally)
            }
        }
        scorer.dropped = 0
        return (tally.mean, tally.accuracy)
    }

    mutating func measure(_ lessons: [Prepared]) -> Tally {
        var tally = Tally()
        for lesson in lessons { go(through: lesson, isLearning: false, true, &tally) }
        return tally
    }

    mutating func finish() -> TokenModel {
        if !heldBack.isEmpty {
            let heats: [Float] = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4]
            scorer.coreHeat = best(heats, \.coreHeat, by: \.cores)
            scorer.headHeat = best(heats, \.headHeat, by: \.heads)
        }
        scorer.weights.finish()
        return TokenModel(lessons, words: words, grams: grams, frame: frame, scorer: scorer)
    }

    private mutating func best(
        _ heats: [Float],
        _ heat: WritableKeyPath<Scorer, Float>,
        by loss: KeyPath<Tally, Double>
    ) -> Float {
        var best = (heat: Float(1), loss: Double.infinity)
        for value in heats {
            scorer[keyPath: heat] = value
            let found = measure(heldBack)[keyPath: loss]
            if found < best.loss { best = (value, found) }
        }
        return best.heat
    }

    /// Asks the model's questions along one output, and learns from the answers.
    private mutating func go(through lesson: Prepared, isLearning: Bool, _ counts: Bool, _ tally: inout Tally) {
        var draft = Draft()
        for unit in lesson.units {
            var places: [Int] = []
            if let head = unit.head {
                heads(lesson.reading, draft, head, isLearning, &tally)
            } else {
                places = lesson.reading.places(of: unit.hash, after: draft).places
                core(lesson.reading, draft, unit, !places.isEmpty, isLearning, &tally)
            }
            if unit.head != Vocabulary.other { end(lesson.reading, draft, unit, places, isLearning, &tally) }
            draft.take(unit, places: places)
        }
        heads(lesson.reading, draft, 0, isLearning, &tally)
    }

    /// `head` 0: nothing follows any more.
    private mutating func heads(
        _ reading: Reading,
        _ draft: Draft,
        _ head: Int,
        _ isLearning: Bool,
        _ tally: inout Tally
    ) {
        scorer.seeHeads(reading, draft)
        let step = rate * scorer.scale
        let right = scorer.vocabulary.group[head]
        for group in scorer.vocabulary.followers[scorer.vocabulary.group[draft.previous]] {
            if scorer.members(of: group, after: draft).isEmpty { continue }
            let chance = scorer.chance(ofGroup: group)
            let isRight = group == right
            tally.add(isRight ? chance : 1 - chance, to: \.heads, isRight: isRight == (chance > 0.5))
            if isLearning {
                let target = Scorer.target(group, Scorer.group)
                scorer.weights.learn(scorer.features, for: target, error: chance - (isRight ? 1 : 0), rate: step)
            }
            if isRight { break }
        }
        let members = scorer.members(of: right, after: draft)
        guard head > 0, members.count > 1, let index = members.firstIndex(of: head) else { return }
        let chances = scorer.chances(of: members)
        tally.add(chances[index], to: \.heads, isRight: chances.allSatisfy { $0 <= chances[index] })
        if !isLearning { return }
        for (other, member) in members.enumerated() {
            let error = chances[other] - (other == index ? 1 : 0)
            let targets = [
                Scorer.target(member, Scorer.head), Scorer.target(scorer.vocabulary.signs[member] &+ Scorer.sign),
            ]
            for target in targets { scorer.weights.learn(scorer.features, for: target, error: error, rate: step) }
        }
    }

    private mutating func core(
        _ reading: Reading,
        _ draft: Draft,
        _ unit: Unit,
        _ isCopy: Bool,
        _ isLearning: Bool,
        _ tally: inout Tally
    ) {
        let core = scorer.vocabulary.coreIDs[unit.bytes]
        let count = core.map { scorer.successors.count(of: $0, at: scorer.vocabulary.place(of: draft)) } ?? 0
        let isHidden = count < 2 || isLearning && isCopy && draws.unit() < Self.copied
        scorer.seeCores(reading, draft, hidden: isHidden ? core : nil)
        let chances = scorer.chancesOfCores()
        let right = scorer.candidates.firstIndex { $0.hash == unit.hash } ?? scorer.candidates.count - 1
        tally.add(chances[right], to: \.cores, isRight: chances.allSatisfy { $0 <= chances[right] })
        if !isLearning { return }
        let step = rate * scorer.scale
        for (index, candidate) in scorer.candidates.enumerated() {
            let error = chances[index] - (index == right ? 1 : 0)
            scorer.weights.learn(scorer.candidateFeatures[index], for: Scorer.copy, error: error, rate: step)
            guard candidate.isKnown else { continue }
            scorer.weights.learn(scorer.features, for: Scorer.target(candidate.hash), error: error, rate: step)
        }
    }

    private mutating func end(
        _ reading: Reading,
        _ draft: Draft,
        _ unit: Unit,
        _ places: [Int],
        _ isLearning: Bool,
        _ tally: inout Tally
    ) {
        var here = draft
        if let head = unit.head { here.head = head }
        let (goes, ends) = scorer.successors.endings(of: unit, in: here)
        if goes == 0 || ends == 0 { return }
        scorer.seeEnd(reading, here, of: unit.hash, isKnown: goes + ends >= 2, places: places)
        let chance = scorer.chanceOfEnd()
        tally.add(unit.endsChunk ? chance : 1 - chance, to: \.cores, isRight: unit.endsChunk == (chance > 0.5))
        if !isLearning { return }
        scorer.weights.learn(
            scorer.features,
            for: Scorer.end,
            error: chance - (unit.endsChunk ? 1 : 0),
            rate: rate * scorer.scale
        )
    }
}

extension Reading {
    /// Settles the inputs of all lessons, each as if it were new to the others: in how many lessons each word stands,
    /// and the grams of two lessons or more, since others say nothing about new inputs.
    static func settle(_ readings: inout [Reading]) -> (words: [UInt64: Int32], grams: Set<UInt64>) {
        var words: [UInt64: Int32] = [:]
        for reading in readings { for word in Set(reading.lower) { words[word, default: 0] += 1 } }
        var counts: [UInt64: Int32] = [:]
        for index in readings.indices {
            readings[index].settle(words, least: 2)
            readings[index].grams = readings[index].allGrams()
            for gram in readings[index].grams { counts[gram, default: 0] += 1 }
        }
        for index in readings.indices { readings[index].grams.removeAll { counts[$0] == 1 } }
        return (words, Set(counts.lazy.filter { $0.value > 1 }.map(\.key)))
    }

    /// An input that no lesson has.
    static func new(_ text: ArraySlice<UInt8>, words: [UInt64: Int32], grams: Set<UInt64>) -> Reading {
        var reading = Reading(text)
        reading.settle(words, least: 1)
        reading.grams = reading.allGrams().filter(grams.contains)
        return reading
    }
}
