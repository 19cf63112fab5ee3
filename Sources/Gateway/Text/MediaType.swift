/// Media types as headers name them, with or without parameters such as a charset.
enum MediaType {
    static func isJSON(_ value: ArraySlice<UInt8>?) -> Bool {
        value.map { essence($0).equalsIgnoringCase("application/json") } ?? false
    }

    static func isJSON(_ value: String?) -> Bool {
        guard let value else { return false }
        return isJSON(Array(value.utf8)[...])
    }

    static func isEventStream(_ value: String?) -> Bool {
        guard let value else { return false }
        return essence(Array(value.utf8)[...]).equalsIgnoringCase("text/event-stream")
    }

    private static func essence(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        value.prefix { $0 != UInt8(ascii: ";") }.trimmed
    }
}
