// Readers for where a provider is, and for the key it is asked with.

extension Fields {
    /// A URL that paths are put behind: without a slash at its end, user, query or fragment.
    func baseURL(_ key: String) -> String? {
        guard let (node, scalar) = scalar(key, "a URL") else { return nil }
        var url = Substring(scalar.text)
        while url.hasSuffix("/") { url.removeLast() }
        let lower = url.lowercased()
        let scheme = ["http://", "https://"].first { lower.hasPrefix($0) }
        let rest = url.dropFirst(scheme?.count ?? 0)
        let host = rest.prefix { $0 != "/" }
        let isPlain = url.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"?#\\\"<>@".utf8.contains($0) }
        guard scheme != nil, !host.isEmpty, host.first != ":", isPlain else {
            let message =
                "expected a URL such as https://api.example.com/v1, without user, query or fragment, found \(node.kind)"
            reading.problems.add(node.place, key: node.key, message)
            return nil
        }
        return standard(key, String(url), .text(String(url)))
    }

    /// An API key, a secret. It is not sent over plain http to another machine, unless the server's settings say so.
    func apiKey(_ key: String, for url: String) -> String? {
        let secret = secret(key)
        guard secret != nil, !reading.isInsecure, let node = value(key), let host = Self.plainHost(url),
            !ListenAddress.isLoopback(host: host)
        else { return secret }
        let message = "would travel unencrypted to \(host): use https, or 'server: { insecure: true }'"
        reading.problems.add(node.place, key: node.key, message)
        return secret
    }

    /// The host of a URL that is not encrypted.
    private static func plainHost(_ url: String) -> String? {
        guard url.lowercased().hasPrefix("http://") else { return nil }
        let host = url.dropFirst(7).prefix { $0 != "/" }
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }
}
