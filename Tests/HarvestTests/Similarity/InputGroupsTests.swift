import Testing

@testable import Harvest

@Suite struct InputGroupsTests {
    @Test func `near inputs are one group, whatever stands between them in the order`() {
        var groups = InputGroups()
        let first = groups.add("find my slowest functions")
        let other = groups.add("wo ist der Bahnhof")
        #expect(other != first)
        #expect(groups.add("Find my slowest functions?") == first)
        #expect(groups.add("find me my slowest functions") == first)
        #expect(groups.add("wo ist denn der Bahnhof") == other)
    }

    @Test func `inputs of a few words do not all become one group`() {
        var questions = Questions(seed: 21)
        let asked = questions.distinct(800)
        var groups = InputGroups()
        var sizes: [Int: Int] = [:]
        for question in asked { sizes[groups.add(question), default: 0] += 1 }
        #expect(sizes.count > 400)
        #expect(sizes.values.max() ?? 0 < 20)
    }
}
