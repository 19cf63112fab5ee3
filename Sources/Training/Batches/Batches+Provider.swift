import Completions
import Digest
import HTTPClient
import JSON
import Settings

// The provider's side of batches: files of questions and answers, and the order itself.
extension Batches {
    private static let advice = "is the large model's base_url right, its api_key, and does its provider have batches?"

    /// - Returns: the provider's name for the file.
    func upload(_ questions: [Question], as name: String, _ link: ProviderLink) async throws -> String {
        var lines: [UInt8] = []
        for question in questions {
            var writer = JSONWriter(reserving: question.body.count + 160)
            writer.beginObject()
            writer.name("custom_id")
            writer.string(question.key.hex)
            writer.name("method")
            writer.string("POST")
            writer.name("url")
            writer.string("/v1\(question.model.path)")
            writer.name("body")
            writer.raw(question.body)
            writer.endObject()
            lines += writer.bytes + [UInt8(ascii: "\n")]
        }
        let fileName = name.replacing("/", with: "-") + ".jsonl"
        let form = MultipartBody(fields: [("purpose", "batch")], file: ("file", fileName, lines))
        let request = UpstreamRequest(
            .post,
            "/files",
            contentType: form.contentType,
            body: form.bytes,
            timeouts: ProviderLink.uploadTimeouts
        )
        let reply = try await link.patiently(request, "uploading \(fileName)")
        guard reply.isGood, let id = reply.json?["id"]?.string else {
            throw reply.failure("uploading \(fileName)", advice: Self.advice)
        }
        return id
    }

    /// Why there is no batch.
    struct OrderRefused: Error {
        var failure: TrainingFailure
        /// The provider will not make one of this file.
        var isFinal = false
    }

    /// Orders a batch of a file, once: where an answer did not come, it is looked for.
    /// - Returns: its name.
    func make(of file: String, _ asker: Asker, _ link: ProviderLink) async throws(OrderRefused) -> String {
        let path = asker.route.large.api == .chat ? "/v1/chat/completions" : "/v1/completions"
        let order = JSONTree.members([
            ("input_file_id", .string(file)), ("endpoint", .string(path)), ("completion_window", .string("24h")),
        ])
        let request = UpstreamRequest(
            .post,
            "/batches",
            contentType: "application/json",
            body: order.encode(),
            headers: ["Idempotency-Key: \(file)"],
            timeouts: ProviderLink.timeouts
        )
        let what = "ordering a batch"
        for attempt in 1...5 {
            do {
                if let found = try await find(of: file, link) { return found }
                let reply = try await link.once(request)
                if reply.isGood, let id = reply.json?["id"]?.string { return id }
                guard reply.mayGoLater else {
                    throw OrderRefused(failure: reply.failure(what, advice: Self.advice), isFinal: true)
                }
                try await Task.sleep(for: min(reply.retryAfter ?? .seconds(attempt), .seconds(60)))
            } catch let refused as OrderRefused {
                throw refused
            } catch let failure as TrainingFailure {
                throw OrderRefused(failure: failure)
            } catch {
                try? await Task.sleep(for: .seconds(attempt))
            }
        }
        let advice = "run the command again: it goes on where it was"
        throw OrderRefused(failure: TrainingFailure("\(what): no answer", advice: advice))
    }

    /// A batch as it is; nil: there is none of that name.
    func look(at batch: String, _ link: ProviderLink) async throws -> JSONTree? {
        let what = "asking for the batch \(batch)"
        let path = "/batches/\(batch.percentEncoded)"
        let reply = try await link.patiently(UpstreamRequest(.get, path, timeouts: ProviderLink.timeouts), what)
        if reply.status == 404 { return nil }
        guard reply.isGood, let json = reply.json else { throw reply.failure(what, advice: Self.advice) }
        return json
    }

    private func find(of file: String, _ link: ProviderLink) async throws -> String? {
        var after: String?
        for _ in 0..<100 {
            let path = "/batches?limit=100" + (after.map { "&after=\($0.percentEncoded)" } ?? "")
            let list = try await link.get(path, "looking for the batch", advice: Self.advice)
            let batches = list["data"]?.array ?? []
            if let found = batches.first(where: { $0["input_file_id"]?.string == file }) { return found["id"]?.string }
            guard list["has_more"]?.bool == true, let last = batches.last?["id"]?.string, last != after else {
                return nil
            }
            after = last
        }
        return nil
    }

    func content(of file: String, _ link: ProviderLink) async throws -> [UInt8] {
        let request = UpstreamRequest(
            .get,
            "/files/\(file.percentEncoded)/content",
            timeouts: ProviderLink.uploadTimeouts
        )
        let reply = try await link.patiently(request, "reading \(file)")
        guard reply.isGood else { throw reply.failure("reading \(file)", advice: Self.advice) }
        return reply.body
    }

    /// Texts of clients do not stay there. A file that stays is no reason to end.
    func delete(_ file: String, _ link: ProviderLink) async {
        let request = UpstreamRequest(.delete, "/files/\(file.percentEncoded)", timeouts: ProviderLink.timeouts)
        let reply = try? await link.patiently(request, "deleting \(file)")
        if reply?.isGood != true, reply?.status != 404 {
            report("\(file) could not be deleted at the provider: delete it there")
        }
    }
}
