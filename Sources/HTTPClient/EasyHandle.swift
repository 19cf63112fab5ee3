import CCurl

/// A curl easy handle; freed with its owner. What a setter is given by pointer must outlive the transfer.
struct EasyHandle: ~Copyable {
    let raw: UnsafeMutableRawPointer

    init() {
        guard let raw = curl_easy_init() else { fatalError("curl_easy_init failed: out of memory") }
        self.raw = raw
    }

    deinit {
        curl_easy_cleanup(raw)
    }

    /// Traps when curl refuses: the options used here are constants, so a refusal is a mistake of ours.
    private static func check(_ code: CURLcode, _ option: CURLoption) {
        precondition(code == CURLE_OK, "curl_easy_setopt(\(option.rawValue)) failed with \(code.rawValue)")
    }

    func set(_ option: CURLoption, _ value: Int) {
        Self.check(ccurl_easy_set_long(raw, option, value), option)
    }

    /// curl copies the string.
    func set(_ option: CURLoption, _ value: String) {
        Self.check(ccurl_easy_set_string(raw, option, value), option)
    }

    /// curl keeps the pointer.
    func set(_ option: CURLoption, pointer: UnsafeRawPointer?) {
        Self.check(ccurl_easy_set_pointer(raw, option, pointer), option)
    }

    func set(_ option: CURLoption, function: @escaping ccurl_data_function) {
        Self.check(ccurl_easy_set_data_function(raw, option, function), option)
    }

    func setOpenSocket(_ function: @escaping curl_opensocket_callback) {
        Self.check(ccurl_easy_set_open_socket_function(raw, function), CURLOPT_OPENSOCKETFUNCTION)
    }

    func setCloseSocket(_ function: @escaping curl_closesocket_callback) {
        Self.check(ccurl_easy_set_close_socket_function(raw, function), CURLOPT_CLOSESOCKETFUNCTION)
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        ccurl_easy_get_long(raw, info, &value)
        return value
    }
}

/// Request header lines as curl wants them; freed with its owner, which must outlive the transfers that use it.
struct HeaderList: ~Copyable {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    /// Lines that hold a control character are left out: curl would send them as they are, line ends included.
    init(_ lines: some Sequence<String>) {
        for line in lines where HeaderList.isSafe(line) {
            guard let longer = curl_slist_append(first, line) else { fatalError("curl_slist_append: out of memory") }
            first = longer
        }
    }

    deinit {
        curl_slist_free_all(first)
    }

    static func isSafe(_ line: String) -> Bool {
        line.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}

/// A URL that curl has parsed once for all calls; freed with its owner, which must outlive the transfers that use it.
struct ParsedURL: ~Copyable {
    /// Nil where curl cannot read it.
    let raw: OpaquePointer?

    init(_ url: String) {
        guard let raw = curl_url() else { fatalError("curl_url: out of memory") }
        if curl_url_set(raw, CURLUPART_URL, url, 0) == CURLUE_OK {
            self.raw = raw
        } else {
            curl_url_cleanup(raw)
            self.raw = nil
        }
    }

    deinit {
        if let raw { curl_url_cleanup(raw) }
    }
}
