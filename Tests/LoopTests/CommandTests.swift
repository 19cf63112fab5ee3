import Testing

@testable import Loop

struct CommandTests {
    private func run(_ words: String..., within limit: Duration = .seconds(20)) -> Command.Ending {
        Command.run(words, within: limit)
    }

    @Test func `a command's exit status is what it says`() {
        #expect(run("true") == .ended(status: 0))
        #expect(run("false") == .ended(status: 1))
        #expect(run("test", "a b", "=", "a b") == .ended(status: 0))
        #expect(run("sh", "-c", "exit 42") == .ended(status: 42))
    }

    @Test func `what cannot be run, or does not end by itself, has no status`() {
        #expect(run("/nowhere/compare") == .failed("/nowhere/compare cannot be run: No such file or directory"))
        #expect(run("sh", "-c", "kill -9 $$") == .failed("sh was ended by signal 9"))
        #expect(run("sleep", "60", within: .milliseconds(50)) == .failed("sleep took longer than 0 s"))
    }

    @Test func `waited for without a thread, it ends alike, and with its task`() async throws {
        #expect(try await Command.finish(["sh", "-c", "exit 7"], within: .seconds(20)) == .ended(status: 7))
        let late = try await Command.finish(["sleep", "60"], within: .milliseconds(50))
        #expect(late == .failed("sleep took longer than 0 s"))
        #expect(
            Command.run(["echo", "a\u{0}b"], within: .seconds(1)) == .failed("echo cannot be run: Invalid argument")
        )
        let waiting = Task { try await Command.finish(["sh", "-c", "sleep 61 & wait"], within: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(50))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `it reads nothing, and sees no secrets`() {
        #expect(run("sh", "-c", "read line") == .ended(status: 1))
        #expect(
            run(
                "sh",
                "-c",
                "test -z \"$(env | cut -d= -f1 | grep -vxE 'PATH|HOME|LANG|LC_ALL|TMPDIR|TZ|PWD|OLDPWD|SHLVL|_')\""
            ) == .ended(status: 0)
        )
        #expect(run("sh", "-c", "test -z \"$(ls /proc/self/fd | grep -vxE '[0-4]')\"") == .ended(status: 0))
    }
}
