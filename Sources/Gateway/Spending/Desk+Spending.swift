import Loop

extension Desk {
    /// Keeps the routes' accounts of spending from now on, for the settings in force.
    func startSpending() {
        let book = SpendBook(on: loop, log: log, metrics: shared.metrics) { [unowned self] in
            Task(executorPreference: loop) { await self.exchangeSpending() }
        }
        book.adopt(snapshot)
        spending = book
    }

    private func exchangeSpending() async {
        await spending?.exchange()
    }
}
