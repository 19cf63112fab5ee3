import JSON
import Loop

/// Batches: the lines of an uploaded file, answered by the provider's own models without their delays, some in each
/// turn of the loop, so that whoever calls in the meantime is served.
extension Provider {
    static var mostBatches: Int { 100 }
    private static var linesPerTurn: Int { 32 }
    private static var endpoints: [String] { ["/v1/chat/completions", "/v1/completions"] }

    func createBatch(_ body: [UInt8]) throws(ProviderError) -> JSONTree {
        guard let tree = try? JSONTree.parse(body), tree.object != nil else {
            throw .invalid("We could not parse the JSON body of your request.")
        }
        for name in ["input_file_id", "endpoint", "completion_window"] where tree[name]?.string == nil {
            throw .invalid("Missing required parameter: '\(name)'.", param: name, code: "missing_required_parameter")
        }
        let (id, endpoint) = (tree["input_file_id"]?.string ?? "", tree["endpoint"]?.string ?? "")
        guard Self.endpoints.contains(endpoint) else {
            throw .invalid("Invalid value: '\(endpoint)'. Supported values are: \(Self.endpoints).", param: "endpoint")
        }
        guard tree["completion_window"]?.string == "24h" else {
            throw .invalid("Invalid value for 'completion_window': '24h' was expected.", param: "completion_window")
        }
        let file = try workshop.files.find(id)
        guard file.purpose == "batch" else {
            throw .invalid(
                "The file '\(id)' has purpose '\(file.purpose)', but 'batch' was expected.",
                param: "input_file_id"
            )
        }
        guard batches.count < Self.mostBatches else {
            throw ProviderError(status: 429, message: "At most \(Self.mostBatches) batches are kept.", type: "requests")
        }
        let batch = Batch(
            endpoint: endpoint,
            window: "24h",
            inputFile: id,
            metadata: tree["metadata"] ?? .null
        )
        batches[batch.id] = batch
        goOn(batch.id)
        return batch.tree
    }

    func batch(_ id: String) throws(ProviderError) -> Batch {
        guard let batch = batches[id] else {
            throw ProviderError(status: 404, message: "No batch found with id '\(id)'.")
        }
        return batch
    }

    func batches(_ query: [(name: String, value: String)]) throws(ProviderError) -> JSONTree {
        let list = batches.values.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
        return try ListPage(query, usual: 20, most: 100).of(list.map(\.tree))
    }

    func cancel(batch id: String) throws(ProviderError) -> JSONTree {
        var batch = try batch(id)
        guard [.validating, .inProgress].contains(batch.status) else {
            throw .invalid("Cannot cancel a batch with status '\(batch.status.rawValue)'.")
        }
        batch.become(.cancelling)
        batches[id] = batch
        return batch.tree
    }

    /// The next step, in the next turn of the loop.
    private func goOn(_ id: String) {
        // Posted to the loop that it lives on.
        nonisolated(unsafe) let provider = self
        loop.post { provider.step(id) }
    }

    private func step(_ id: String) {
        guard var batch = batches[id] else { return }
        switch batch.status {
        case .validating:
            do throws(ProviderError) {
                batch.read(try workshop.files.find(batch.inputFile))
            } catch {
                batch.refusals.append(("missing_file", error.message, 0))
            }
            batch.become(batch.refusals.isEmpty ? .inProgress : .failed)
        case .inProgress:
            for line in batch.lines[batch.done...].prefix(Self.linesPerTurn) {
                let (status, body) = answer(line, to: batch.endpoint)
                batch.answered(line, status: status, body: body)
                batch.done += 1
            }
            if batch.done == batch.lines.count { batch.become(.finalizing) }
        case .finalizing, .cancelling:
            batch.outputFile = keep(batch.output, "\(id)_output.jsonl")
            batch.errorFile = keep(batch.errors, "\(id)_error.jsonl")
            batch.become(batch.status == .cancelling ? .cancelled : .completed)
        case .failed, .completed, .cancelled: return
        }
        batches[id] = batch
        goOn(id)
    }

    private func keep(_ content: [UInt8], _ name: String) -> String? {
        if content.isEmpty { return nil }
        return try? workshop.files.add(content, filename: name, purpose: "batch_output").id
    }

    private func answer(_ line: Batch.Line, to endpoint: String) -> (status: Int, body: [UInt8]) {
        do throws(ProviderError) {
            let request = try ProviderRequest.read(
                line.body,
                dialect: endpoint == "/v1/completions" ? .completions : .chat
            )
            if request.streams { throw .invalid("A batch's requests cannot be streamed.", param: "stream") }
            let plan = try ask(request).plan
            book.change { calls in
                calls.models[request.model, default: .init()].calls += 1
                calls.models[request.model, default: .init()].answered += 1
                if plan.status >= 400 { calls.models[request.model, default: .init()].unpaid += 1 }
            }
            return (plan.status, plan.body)
        } catch {
            return (error.status, error.body)
        }
    }
}
