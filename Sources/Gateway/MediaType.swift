/// `application/json`, with or without parameters such as a charset.
enum MediaType {
    static func isJSON(_ value: ArraySlice<UInt8>?) -> Bool {
        guard let value else { return false }
        let type = value.prefix { $0 != UInt8(ascii: ";") }
        return type.trimmed.equalsIgnoringCase("application/json")
    }

    static func isJSON(_ value: String?) -> Bool {
        guard let value else { return false }
        return isJSON(Array(value.utf8)[...])
    }
}
