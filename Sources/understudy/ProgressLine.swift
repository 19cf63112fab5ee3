import Glibc

/// How far long work is: one line that changes on a terminal, now and then a line elsewhere. On standard error.
final class ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var last = ContinuousClock.now
    private var isShown = false

    func show(_ text: String) {
        let now = ContinuousClock.now
        guard now - last >= (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
        last = now
        isShown = true
        write(isTerminal ? "\r\u{1b}[K\(text)" : "\(text)\n")
    }

    func end() {
        if isTerminal, isShown { write("\r\u{1b}[K") }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}

func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return "\(String(cString: current))/\(path)"
}

func canRead(_ path: String) -> Bool { access(path, R_OK) == 0 }
