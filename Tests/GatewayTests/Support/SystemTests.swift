import Loop
import Testing

/// Everything that starts gateways: one test after the other, so that a machine of two cores measures the gateway and
/// not its neighbours, and each on a thread of its own.
@Suite(.serialized, .ownThread) enum SystemTests {}

/// A test's thread: these tests block (on sockets, on processes), which the threads of Swift's pool must not.
struct OwnThread: TestTrait, SuiteTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let loop = Loop.start(name: "test")
        defer {
            loop.stop()
            loop.join()
        }
        try await withTaskExecutorPreference(loop) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    static var ownThread: Self { Self() }
}
