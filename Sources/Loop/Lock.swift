// A value behind a lock that any thread may take: `Synchronization.Mutex`, seen through by the compiler. In builds for
// the thread sanitizer (`-Xswiftc -DTHREAD_SANITIZER`) it is a pthread mutex of the same shape: `Mutex` takes its slow
// path inside a library that is not instrumented, so there the sanitizer sees no order between two threads and reports
// races that are none. A type of our own in both, so that a file that compiles in one compiles in the other.

#if THREAD_SANITIZER
import Glibc

public struct Lock<Value>: ~Copyable, Sendable {
    // Made in `init`, freed in `deinit`, and touched in between with the mutex held.
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private nonisolated(unsafe) let value: UnsafeMutablePointer<Value>

    public init(_ initial: consuming sending Value) {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        value = .allocate(capacity: 1)
        value.initialize(to: initial)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    public borrowing func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
#else
public import Synchronization

@frozen public struct Lock<Value>: ~Copyable, Sendable {
    @usableFromInline let mutex: Mutex<Value>

    @inlinable @inline(__always) public init(_ initial: consuming sending Value) { mutex = Mutex(initial) }

    /// Runs `body` with the lock held, on the calling thread. Not to be nested in itself.
    @inlinable @inline(__always) public borrowing func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
#endif
