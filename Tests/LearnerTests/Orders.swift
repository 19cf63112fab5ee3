import Learner

/// A language that has nothing to do with the simulator's: what somebody orders, as a line that a kitchen reads.
///
///     "two pizzas with olives, no cheese, for Anna"  ->  dish:pizza count:2 with:olives -with:cheese for:anna
enum Orders {
    static let dishes = ["pizza", "soup", "salad", "burger", "curry", "stew", "wrap", "pie"]
    static let numbers = ["two", "three", "four", "five", "six"]
    static let extras = ["olives", "cheese", "onions", "peppers", "garlic", "beans", "corn", "tofu", "rice", "nuts"]
    static let people = ["Anna", "Ben", "Cleo", "Dov", "Esra", "Finn", "Gita", "Hal", "Iva", "Jon"]

    static func lessons(_ count: Int, seed: UInt64) -> [Lesson] {
        var state = seed
        func draw(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        return (0..<count).map { _ in
            let dish = dishes[draw(dishes.count)]
            var (said, line) = ("a \(dish)", "dish:\(dish)")
            if draw(2) == 0 {
                let number = draw(numbers.count)
                (said, line) = ("\(numbers[number]) \(dish)s", line + " count:\(number + 2)")
            }
            if draw(2) == 0 {
                let extra = extras[draw(extras.count)]
                (said, line) = (said + " with \(extra)", line + " with:\(extra)")
            }
            if draw(3) == 0 {
                let extra = extras[draw(extras.count)]
                (said, line) = (said + " but no \(extra)", line + " -with:\(extra)")
            }
            if draw(2) == 0 {
                let person = people[draw(people.count)]
                (said, line) = (said + " for \(person)", line + " for:\(person.lowercased())")
            }
            return Lesson(input: Array((said + "\n\n###\n\n").utf8), output: Array((" " + line + "\n").utf8))
        }
    }
}

extension TokenModel {
    func text(_ input: String) -> String { String(decoding: answer(Array(input.utf8)).bytes, as: UTF8.self) }

    /// The least certain token of an answer.
    func least(_ input: String) -> Double { answer(Array(input.utf8)).tokens.map(\.logprob).min() ?? 0 }

    /// How many of these it answers as they are.
    func right(_ lessons: [Lesson]) -> Int { lessons.count { answer($0.input).bytes == $0.output } }
}
