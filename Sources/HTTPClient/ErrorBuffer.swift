import CCurl

/// Where curl explains an error (CURLOPT_ERRORBUFFER). C points at it and never back; freed with its owner, after the
/// easy handle that it was given to: "you must keep the associated buffer available until libcurl no longer needs it"
/// (CURLOPT_ERRORBUFFER(3)).
struct ErrorBuffer: ~Copyable {
    let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init() { clear() }

    deinit { bytes.deallocate() }

    /// For the next call: the multi interface leaves the words of the last one.
    func clear() { bytes.pointee = 0 }

    /// curl's own words, or those for the code where it wrote none.
    func text(of code: CURLcode) -> String {
        let said = bytes.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: bytes)
        return said.isEmpty ? "failed" : said
    }
}
