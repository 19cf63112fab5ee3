public import Harvest
public import Settings

/// Who makes a model out of a data set.
///
/// For implementers:
/// - `train` takes the job from wherever its record says it is. It may have been killed anywhere: after each step the
///   record is written, before each step that costs something too, and what may have been done is looked for before it is
///   done again. Nothing is uploaded, made or paid twice.
/// - When it returns, the record says `succeeded` and has the model's name. A training that failed is written down as
///   `failed` with the trainer's own words, and thrown. What may go better another time (a provider that is away) is
///   thrown without that: the job is as it was.
/// - It never says how good the model is. That is evaluated.
public protocol Trainer: Sendable {
    /// The word in the settings.
    var name: String { get }

    /// - Parameter report: called with what the trainer says, a line each.
    func train(
        _ record: JobRecord,
        on dataSet: DataSet,
        report: @escaping @Sendable (String) -> Void
    ) async throws

    /// Ends the job at the trainer's. One that is over stays as it is.
    func cancel(_ record: JobRecord) async throws

    /// Gives back threads and connections.
    func close() async
}

/// The trainers there are. A new one is a file, and a case here.
public enum KnownTrainers {
    /// - Parameter directory: where a trainer that runs here keeps what it writes.
    public static func make(_ settings: TrainingSettings, directory: String) throws -> any Trainer {
        switch settings.trainer {
        case .openai:
            guard let baseURL = settings.baseURL else {
                throw TrainingFailure("training.base_url is missing: where the provider is")
            }
            return OpenAITrainer(baseURL: baseURL, apiKey: settings.apiKey)
        case .command(let run):
            return CommandTrainer(run: run, directory: directory)
        }
    }
}
