import HTTPClient
public import Harvest
import JSON
public import Settings

/// Copies of data sets at the providers that the settings name: how they are deleted when somebody is forgotten.
public struct ProviderFiles: UploadedFiles {
    /// Keys by base URL. A provider that no route trains with any more has none.
    private let keys: [String: String?]

    public init(_ settings: GatewaySettings) {
        var keys: [String: String?] = [:]
        for route in settings.routes.values {
            if let training = route.training, let place = training.baseURL { keys[place] = training.apiKey }
        }
        self.keys = keys
    }

    public func delete(_ upload: DataSet.Upload) async -> String? {
        guard let key = keys[upload.baseURL] else {
            return "no route trains there any more, so its key is not known: delete it there"
        }
        let link = ProviderLink(baseURL: upload.baseURL, apiKey: key)
        let problem = await delete(upload.file, over: link)
        await link.close()
        return problem
    }

    private func delete(_ file: String, over link: ProviderLink) async -> String? {
        let what = "deleting \(file)"
        do {
            let request = UpstreamRequest(
                .delete,
                "/files/\(file.percentEncoded)",
                timeouts: ProviderLink.timeouts
            )
            let reply = try await link.patiently(request, what)
            // Whoever asks again finds nothing.
            if reply.status == 404 { return nil }
            guard reply.isGood else { return "\(reply.failure(what))" }
            return reply.json?["deleted"]?.bool == false ? "\(what): the provider says that it is not deleted" : nil
        } catch {
            return "\(error)"
        }
    }
}
