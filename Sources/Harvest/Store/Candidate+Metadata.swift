import JSON

extension Candidate {
    /// Whether the client's `metadata` has this member with this value: a string, or another scalar as it was written.
    public func hasMetadata(_ name: String, _ value: String) -> Bool {
        guard let metadata, let member = (try? JSONTree.parse(metadata))?[name] else { return false }
        if let text = member.string { return text == value }
        return member.object == nil && member.array == nil && member.encode().elementsEqual(value.utf8)
    }
}
