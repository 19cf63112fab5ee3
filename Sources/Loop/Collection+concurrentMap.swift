extension Collection where Element: Sendable {
    /// `map` by tasks, so many of them at a time.
    ///
    /// - Parameters:
    ///   - most: tasks at a time; each begins when one before it has ended, in the order of the elements.
    ///   - whenDone: told how many have ended, after each.
    /// - Returns: what came of each, in the order of the elements.
    /// - Throws: the first failure, once what had begun has ended; that is cancelled, and the rest does not begin.
    public func concurrentMap<Outcome: Sendable, Failure: Error>(
        atMost most: Int,
        whenDone: (Int) -> Void = { _ in },
        _ body: @escaping @Sendable (Element) async throws(Failure) -> Outcome
    ) async throws(Failure) -> [Outcome] {
        let elements = Array(self)
        let result: Result<[Outcome], Failure> = await withTaskGroup(of: Ended<Outcome, Failure>.self) { group in
            var begun = 0
            func begin(in group: inout TaskGroup<Ended<Outcome, Failure>>) {
                guard begun < elements.count else { return }
                let (place, element) = (begun, elements[begun])
                begun += 1
                group.addTask {
                    do throws(Failure) {
                        return Ended(place: place, result: .success(try await body(element)))
                    } catch {
                        return Ended(place: place, result: .failure(error))
                    }
                }
            }
            for _ in 0..<most { begin(in: &group) }
            var outcomes: [Int: Outcome] = [:]
            var failure: Failure?
            for await ended in group {
                switch ended.result {
                case .success(let outcome):
                    outcomes[ended.place] = outcome
                    whenDone(outcomes.count)
                case .failure(let error):
                    failure = failure ?? error
                    group.cancelAll()
                }
                if failure == nil { begin(in: &group) }
            }
            if let failure { return .failure(failure) }
            return .success(elements.indices.map { outcomes[$0]! })
        }
        return try result.get()
    }
}

private struct Ended<Outcome: Sendable, Failure: Error>: Sendable {
    var place: Int
    var result: Result<Outcome, Failure>
}
