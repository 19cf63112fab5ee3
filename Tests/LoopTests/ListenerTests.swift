import Glibc
import Loop
import Testing

@Suite struct ListenerTests {
    @Test func `Without descriptors the listener rests instead of spinning, and goes on when there are some`() async {
        // In a process of its own: the limit holds for all of it.
        await #expect(processExitsWith: .success) {
            let loop = Loop(name: "exhausted")
            let keeper = try Keeper(loop)
            keeper.run()
            precondition(keeper.accepted > 0, "nothing was accepted")
            precondition(keeper.listener.exhaustions > 0, "the limit was never met")
            // One try in 100 ms for half a second, however slow the machine.
            precondition(keeper.exhaustionsAtRest <= 6, "\(keeper.exhaustionsAtRest) failed accepts: that is a spin")
            precondition(keeper.acceptedLater > 0, "accepting did not go on")
        }
    }

    @Test func `An address in use is an error that names it`() async throws {
        try await withLoop { loop in
            try await loop.perform { @Sendable () throws(any Error) in
                let first = try Listener(on: loop, address: .loopback(port: 0), reusePort: false)
                let error = #expect(throws: ListenError.self) {
                    try Listener(on: loop, address: first.boundAddress, reusePort: false)
                }
                #expect(error?.description == "cannot listen on \(first.boundAddress): Address already in use")
                first.close()
            }
        }
    }

    /// Fills a listener until descriptors run out, watches for half a second, gives some back.
    final class Keeper: ListenerOwner, TimerOwner {
        let loop: Loop
        let listener: Listener
        var accepted = 0
        var acceptedLater = 0
        var exhaustionsAtRest = 0
        private var phase = 0
        private var held: [CInt] = []
        private var clients: [CInt] = []
        private var timer: LoopTimer!

        init(_ loop: Loop) throws {
            self.loop = loop
            listener = try Listener(on: loop, address: .loopback(port: 0), reusePort: true)
            listener.owner = self
            timer = LoopTimer(on: loop, owner: self)
        }

        func run() {
            for _ in 0..<8 { clients.append(connectTo(listener.boundAddress.port)) }
            // Room for four more; the other connections stay in the kernel's queue.
            let top = dup(2)
            close(top)
            var limit = rlimit(rlim_cur: rlim_t(top + 4), rlim_max: rlim_t(top + 64))
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            timer.arm(after: .milliseconds(500))
            loop.run()
        }

        func listenerAccepted(_ listener: Listener, _ descriptor: CInt) {
            held.append(descriptor)
            if phase == 0 { accepted += 1 } else { acceptedLater += 1 }
            if phase == 1 { loop.stop() }
        }

        func timerFired(_ timer: LoopTimer) {
            phase = 1
            exhaustionsAtRest = listener.exhaustions
            for descriptor in held { close(descriptor) }
            held = []
            clients.append(connectTo(listener.boundAddress.port))
        }
    }
}

func connectTo(_ port: UInt16) -> CInt {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let code = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    precondition(code == 0, "no connection: errno \(errno)")
    return descriptor
}
