public import Completions

extension RouteSettings {
    /// How the small model is asked, trained or not: what a line of training data has to look like. Nil: the route has
    /// none.
    public var trainingTarget: UpstreamTarget? {
        small.map { target(for: $0, as: .small) }
    }
}
