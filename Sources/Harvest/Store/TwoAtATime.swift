// How batches come into a store: while it writes one, the next is made ready. More than two would only wait.

extension Collection where Element: Sendable {
    /// - Parameter body: for each element; begun in order, two of them at a time.
    /// - Returns: what came of each, in order.
    /// - Throws: the first failure, once what had begun has ended. The rest has not begun.
    func twoAtATime<Outcome: Sendable>(
        _ body: @escaping @Sendable (Element) async throws(StoreError) -> Outcome
    ) async throws(StoreError) -> [Outcome] {
        let elements = Array(self)
        let result: Result<[Outcome], StoreError> = await withTaskGroup(of: Ended<Outcome>.self) { group in
            var begun = 0
            func begin(in group: inout TaskGroup<Ended<Outcome>>) {
                guard begun < elements.count else { return }
                let (place, element) = (begun, elements[begun])
                begun += 1
                group.addTask {
                    do throws(StoreError) {
                        return Ended(place: place, result: .success(try await body(element)))
                    } catch {
                        return Ended(place: place, result: .failure(error))
                    }
                }
            }
            begin(in: &group)
            begin(in: &group)
            var outcomes: [Int: Outcome] = [:]
            var failure: StoreError?
            for await ended in group {
                switch ended.result {
                case .success(let outcome): outcomes[ended.place] = outcome
                case .failure(let error): failure = failure ?? error
                }
                if failure == nil { begin(in: &group) }
            }
            if let failure { return .failure(failure) }
            return .success(elements.indices.map { outcomes[$0]! })
        }
        return try result.get()
    }
}

private struct Ended<Outcome: Sendable>: Sendable {
    var place: Int
    var result: Result<Outcome, StoreError>
}
