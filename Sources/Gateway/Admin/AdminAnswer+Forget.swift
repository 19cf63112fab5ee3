import Completions
import HTTPServer
import Harvest

extension AdminAnswer {
    /// `DELETE /admin/v1/candidates?request_id=ID` or `?metadata=KEY=VALUE`: one of them, and nothing else, so that a
    /// misspelt name deletes nothing.
    func forget() async throws(APIError) -> [UInt8] {
        let whom = try Forgettable(query: request.query)
        do throws(StoreError) {
            let files = LocalFiles(await desk.settings)
            return try await Forgetting(desk.store, files: files).forget(whom, by: Self.who).encode()
        } catch {
            throw APIError(error)
        }
    }
}

extension Forgettable {
    fileprivate init(query: ArraySlice<UInt8>?) throws(APIError) {
        let pairs = QueryText.pairs(query)
        guard pairs.count == 1, let (name, value) = pairs.first.map({ ($0.name, $0.value) }), !value.isEmpty else {
            throw APIError(InvalidRequest("Say whose: 'request_id=ID' or 'metadata=KEY=VALUE', one of them."))
        }
        switch name {
        case "request_id": self = .requestID(value)
        case "metadata":
            let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw APIError(InvalidRequest("'metadata' is KEY=VALUE.", param: "metadata"))
            }
            self = .metadata(String(parts[0]), String(parts[1]))
        default: throw APIError(InvalidRequest("Unknown query parameter '\(name.prefix(100))'."))
        }
    }
}
