import HTTPServer
import JSON

/// Files, fine-tuning jobs, batches and models, by path. Creations honour `Idempotency-Key`.
extension Provider {
    func serveMore(_ http: HTTPRequest, _ path: String, _ responder: Responder) {
        let steps = path.split(separator: "/").map { decoded(String($0)) }
        do throws(ProviderError) {
            guard steps.first == "v1", ["files", "fine_tuning", "batches", "models"].contains(steps.dropFirst().first)
            else {
                throw ProviderError(status: 404, message: "Unknown request URL: \(path).")
            }
            try checkKey(http)
            switch (http.method, steps.count, steps.dropFirst().first) {
            case (.post, 2, "files"): try create(http, path, responder, .upload)
            case (.post, 3, "fine_tuning") where steps[2] == "jobs": try create(http, path, responder, .create)
            case (.post, 2, "batches"): try create(http, path, responder, nil)
            case (.get, 4, "files") where steps[3] == "content":
                let file = try workshop.files.find(steps[2])
                let type = file.filename.hasSuffix(".csv") ? "text/csv" : "application/octet-stream"
                responder.respond(status: 200, fields: PlannedReply(contentType: type).fields, body: file.content)
            default:
                guard let tree = try look(http, steps) else {
                    throw ProviderError(status: 404, message: "Unknown request URL: \(path).")
                }
                respond(responder, tree)
            }
        } catch {
            refuse(responder, error)
        }
    }

    /// What only looks, cancels or deletes; nil: there is no such path.
    private func look(_ http: HTTPRequest, _ steps: [String]) throws(ProviderError) -> JSONTree? {
        let query = QueryText.pairs(http.query)
        switch (http.method, steps.dropFirst().first, steps.count) {
        case (.get, "files", 2): return try files(query)
        case (.get, "files", 3): return try workshop.files.look(at: steps[2]).tree
        case (.delete, "files", 3):
            try workshop.files.delete(steps[2])
            return object([("id", .string(steps[2])), ("object", .string("file")), ("deleted", .bool(true))])
        case (_, "fine_tuning", 3...) where steps[2] == "jobs": return try jobs(http, steps, query)
        case (.get, "batches", 2): return try batches(query)
        case (.get, "batches", 3): return try batch(steps[2]).tree
        case (.post, "batches", 4) where steps[3] == "cancel": return try cancel(batch: steps[2])
        case (.get, "models", 3): return try described(model: steps[2])
        case (.delete, "models", 3): return try delete(model: steps[2])
        default: return nil
        }
    }

    private func files(_ query: [(name: String, value: String)]) throws(ProviderError) -> JSONTree {
        let purpose = query.last { $0.name == "purpose" }?.value
        let files = workshop.files.files.filter { purpose == nil || $0.purpose == purpose }
        return try ListPage(query, usual: 10_000, most: 10_000).of(files.map(\.tree))
    }

    private func jobs(
        _ http: HTTPRequest,
        _ steps: [String],
        _ query: [(name: String, value: String)]
    ) throws(ProviderError) -> JSONTree? {
        if http.method == .get { try meet(workshop.faults(at: .retrieve, steps.last ?? "")) }
        switch (http.method, steps.count, steps.dropFirst(4).first) {
        case (.get, 3, nil):
            let wanted = query.filter { $0.name.hasPrefix("metadata[") && $0.name.hasSuffix("]") }
            let jobs = workshop.jobs.filter { job in
                wanted.allSatisfy { job.request.metadata[String($0.name.dropFirst(9).dropLast())]?.string == $0.value }
            }
            return try ListPage(query, usual: 20, most: 100).of(jobs.map(\.tree))
        case (.get, 4, nil): return try workshop.job(steps[3]).tree
        case (.get, 5, "events"):
            return try ListPage(query, usual: 20, most: 100).of(try workshop.job(steps[3]).events.map(\.tree))
        case (.get, 5, "checkpoints"):
            let job = try workshop.job(steps[3])
            return try ListPage(query, usual: 10, most: 100).of(job.checkpoints.map(job.tree(of:)))
        case (.post, 5, "cancel"): return try workshop.cancel(steps[3]).tree
        default: return nil
        }
    }

    // MARK: Creations

    /// Once for each key: the answer is remembered before it leaves, so that a lost one can be asked for again.
    private func create(
        _ http: HTTPRequest,
        _ path: String,
        _ responder: Responder,
        _ place: TrainingFault.Place?
    ) throws(ProviderError) {
        let key = idempotencyKey(of: http)
        // A form's boundary is another each time it is sent.
        let form = place == .upload ? self.form(http) : nil
        let parts = form?.parts.map { fingerprint($0.content, seed: fingerprint($0.name.utf8)) }
        let print =
            parts?.reduce(0) { fingerprint([], seed: $0 &* 31 &+ $1) }
            ?? fingerprint(http.body, seed: fingerprint(path.utf8))
        if let key, let answer = try created.recall(key, request: print) {
            book.change { $0.replayed += 1 }
            return responder.respond(status: 200, fields: PlannedReply().fields, body: answer)
        }
        let input = form?.file("file")?.filename ?? String(decoding: http.body.prefix(4096), as: UTF8.self)
        let faults = place.map { workshop.faults(at: $0, input) } ?? []
        try meet(faults)
        let tree: JSONTree
        switch place {
        case .upload?:
            tree = try upload(form, faults)
            book.change { $0.uploads += 1 }
        case .create?:
            let request = try JobRequest.read(http.body, bases: script.training.bases + Array(workshop.models.keys))
            tree = try workshop.create(request, faults: faults).tree
            book.change { $0.jobs += 1 }
        default:
            tree = try createBatch(http.body)
            book.change { $0.batches += 1 }
        }
        let answer = tree.encode()
        if let key { created.remember(key, request: print, answer) }
        let isLost = faults.contains { if case .lost = $0 { true } else { false } }
        if isLost { return responder.abort(reset: true) }
        responder.respond(status: 200, fields: PlannedReply().fields, body: answer)
    }

    private func form(_ http: HTTPRequest) -> MultipartForm? {
        MultipartForm(
            http.body,
            contentType: http.headers["content-type"].map { String(decoding: $0, as: UTF8.self) } ?? ""
        )
    }

    private func upload(_ form: MultipartForm?, _ faults: [TrainingFault.Kind]) throws(ProviderError) -> JSONTree {
        guard let form else {
            throw .invalid("The body of the request must be multipart/form-data.", param: "file")
        }
        guard let purpose = form.text("purpose") else {
            throw .invalid("Missing required parameter: 'purpose'.", param: "purpose")
        }
        let purposes = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
        guard purposes.contains(purpose) else {
            throw .invalid("'\(purpose)' is not one of \(purposes) - 'purpose'", param: "purpose")
        }
        guard let file = form.file("file"), let filename = file.filename else {
            throw .invalid("Missing required parameter: 'file'.", param: "file")
        }
        let content = Array(file.content)
        if purpose == "fine-tune" || purpose == "batch" {
            guard filename.hasSuffix(".jsonl") else {
                let name = purpose == "batch" ? "Batch" : "Fine-Tuning"
                throw .invalid("Invalid file format for \(name) API. Must be .jsonl", param: "file")
            }
            try TrainingFile.checkLines(content)
        }
        var looks = 0
        for case .unprocessed(let count) in faults { looks = max(looks, count) }
        return try workshop.files.add(content, filename: filename, purpose: purpose, looks: looks).tree
    }

    /// A scripted status in place of an answer.
    private func meet(_ faults: [TrainingFault.Kind]) throws(ProviderError) {
        for case .status(_, let status, let retryAfter, let message) in faults {
            var error = ProviderError.typical(status, message: message)
            error.retryAfter = retryAfter
            throw error
        }
    }

    /// A path's step, percent-decoded: names of trained models have colons.
    private func decoded(_ step: String) -> String {
        QueryText.pairs(ArraySlice(step.replacing("+", with: "%2B").utf8)).first?.name ?? step
    }
}
