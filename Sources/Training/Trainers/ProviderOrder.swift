import Digest
import JSON

/// What a fine-tuning job is asked for with.
struct ProviderOrder {
    /// In the job's metadata: by these it is found again.
    static let dataSetKey = "understudy_data_set"
    static let jobKey = "understudy_job"

    /// Where the hyperparameters stand.
    enum Shape { case method, hyperparameters }

    let body: [UInt8]
    /// The same for the same order, so that it is filled once.
    let idempotencyKey: String

    init(_ job: TrainingJob, _ shape: Shape) {
        // What a provider takes at the top.
        let seed = job.hyperparameters["seed"]
        let numbers = job.hyperparameters.filter { $0.key != "seed" }.sorted { $0.key < $1.key }
        let given = JSONTree.object(numbers.map { .init(name: $0.key, value: .number($0.value)) })
        var members: [JSONTree.Member] = [
            .init(name: "model", value: .string(job.base)),
            .init(name: "training_file", value: .string(job.files["train"] ?? "")),
        ]
        if let file = job.files["validation"] { members.append(.init(name: "validation_file", value: .string(file))) }
        if let suffix = job.suffix { members.append(.init(name: "suffix", value: .string(suffix))) }
        if let seed { members.append(.init(name: "seed", value: .number(seed))) }
        if !numbers.isEmpty {
            switch shape {
            case .method:
                let supervised = JSONTree.object([.init(name: "hyperparameters", value: given)])
                let method = JSONTree.object([
                    .init(name: "type", value: .string("supervised")), .init(name: "supervised", value: supervised),
                ])
                members.append(.init(name: "method", value: method))
            case .hyperparameters:
                members.append(.init(name: "hyperparameters", value: given))
            }
        }
        let metadata = JSONTree.object([
            .init(name: Self.dataSetKey, value: .string(job.dataSet)),
            .init(name: Self.jobKey, value: .string(job.id)),
            .init(name: "understudy_route", value: .string(job.route)),
            .init(name: "understudy_contract", value: .string(job.contract)),
        ])
        members.append(.init(name: "metadata", value: metadata))
        body = JSONTree.object(members).encode()
        idempotencyKey = SHA256.digest(of: body).hex
    }
}

extension ProviderReply {
    /// The provider does not know a member of what was asked.
    func isAbout(_ member: String) -> Bool {
        guard status == 400 || status == 422, let error = json?["error"] else { return false }
        let words = [error["param"]?.string, error["message"]?.string].compactMap { $0 }
        return words.contains { $0.contains(member) }
    }
}
