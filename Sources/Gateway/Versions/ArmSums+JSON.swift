import JSON
import Statistics

// What one gateway has counted of a trial at one step, as the store keeps it: `{"challenger":{...},"control":{...}}`.
// Whole numbers that only rise, written over what the same gateway wrote before; so nothing is counted twice, whoever
// restarts.

extension CanaryJudge.Arms {
    func encode() -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.name("challenger")
        challenger.write(to: &writer)
        writer.name("control")
        control.write(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    init?(json: [UInt8]) {
        guard let tree = try? JSONTree.parse(json), let challenger = tree["challenger"].flatMap({ ArmSums($0) }),
            let control = tree["control"].flatMap({ ArmSums($0) })
        else { return nil }
        self.init()
        self.challenger = challenger
        self.control = control
    }
}

extension ArmSums {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("asked")
        writer.number(asked)
        writer.name("fallbacks")
        writer.number(fallbacks)
        writer.name("errors")
        writer.number(errors)
        writer.name("audited")
        writer.number(audited)
        writer.name("agreed")
        writer.number(agreed)
        writer.name("times")
        writer.beginArray()
        for count in times { writer.number(count) }
        writer.endArray()
        writer.endObject()
    }

    /// Nil where it cannot be: a count of yes above its trials.
    init?(_ tree: JSONTree) {
        self.init()
        guard let asked = tree["asked"]?.int, let fallbacks = tree["fallbacks"]?.int, let errors = tree["errors"]?.int,
            let audited = tree["audited"]?.int, let agreed = tree["agreed"]?.int,
            let times = tree["times"]?.array?.compactMap(\.int), times.count == self.times.count,
            times.allSatisfy({ $0 >= 0 && $0 <= asked }),
            (0...max(0, asked)).contains(fallbacks), (0...max(0, asked)).contains(errors),
            (0...max(0, audited)).contains(agreed)
        else { return nil }
        self.asked = asked
        self.fallbacks = fallbacks
        self.errors = errors
        self.audited = audited
        self.agreed = agreed
        self.times = times
    }
}

extension CanaryJudge.Finding {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("decision")
        switch decision {
        case .wait: writer.string("wait")
        case .stepUp: writer.string("step_up")
        case .rollBack(let cause): writer.string("roll_back: \(cause.rawValue)")
        }
        for (name, range) in [("agreement", agreement), ("fallbacks", fallbacks), ("errors", errors)] {
            writer.name(name.utf8)
            writer.beginArray()
            writer.number(range.lowerBound)
            writer.number(range.upperBound)
            writer.endArray()
        }
        writer.endObject()
    }
}
