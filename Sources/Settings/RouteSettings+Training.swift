public import Completions

extension RouteSettings {
    /// How the small model is asked, trained or not: what a line of training data has to look like. Nil: the route has
    /// none.
    public var trainingTarget: UpstreamTarget? {
        small.map {
            UpstreamTarget(
                dialect: $0.api,
                modelName: $0.model ?? "",
                prompt: prompts.small,
                parameters: parameters.small
            )
        }
    }
}
