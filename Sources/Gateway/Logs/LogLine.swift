import Glibc
import JSON

/// The form of log lines: one JSON object each, RFC 3339 time in UTC first.
enum LogLine {
    /// An operational line, its end included.
    static func operational(
        level: String,
        logger: String,
        message: String,
        fields: [(name: String, value: String)] = []
    ) -> [UInt8] {
        var line = JSONWriter(reserving: 128 + message.utf8.count)
        line.beginObject()
        line.name("time")
        line.string(now())
        line.name("level")
        line.string(level)
        line.name("logger")
        line.string(logger)
        line.name("message")
        line.string(message)
        if !fields.isEmpty {
            line.name("fields")
            line.beginObject()
            for field in fields {
                line.name(field.name.utf8)
                line.string(field.value)
            }
            line.endObject()
        }
        line.endObject()
        return line.bytes + [UInt8(ascii: "\n")]
    }

    /// Like `2026-11-23T00:05:09.042Z`.
    static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return text(seconds: time.tv_sec, milliseconds: Int(time.tv_nsec) / 1_000_000)
    }

    /// - Parameter seconds: Unix time.
    static func text(seconds: Int, milliseconds: Int) -> String {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func pad(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = "\(pad(Int(parts.tm_year) + 1900, 4))-\(pad(Int(parts.tm_mon) + 1, 2))-\(pad(Int(parts.tm_mday), 2))"
        let time = "\(pad(Int(parts.tm_hour), 2)):\(pad(Int(parts.tm_min), 2)):\(pad(Int(parts.tm_sec), 2))"
        return "\(date)T\(time).\(pad(milliseconds, 3))Z"
    }
}
