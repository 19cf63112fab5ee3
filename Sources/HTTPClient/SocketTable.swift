// The sockets that curl wants watched.
//
// curl tells its wishes in callbacks: watch this descriptor for reading, for writing, no longer. Between two requests
// on one warm connection it says "no longer", and a moment later "for reading" again; taken literally, that is two
// `epoll_ctl` a request. So a connection's watch stays as it is when curl lets go of it, and in the usual case the next
// request finds it in place. If the descriptor becomes ready while nobody waits for it (the peer closes an idle
// connection, or sends what nobody asked for), the watch is dropped then: curl looks at the socket itself before it
// uses it again.
//
// That is safe for descriptors whose end we see, and for those only. Therefore we open and close curl's connections
// ourselves (CURLOPT_OPENSOCKETFUNCTION, CURLOPT_CLOSESOCKETFUNCTION): a watch is stopped before its descriptor is
// closed and its number given to somebody else. curl 7.88 closes two kinds behind our back, and only then says "no
// longer", or not at all: the socket pair of a name lookup, and a connection that was never established
// (cf_socket_close, "we did never publish it"). So a watch is kept only once curl has read from its descriptor; before
// that it goes at once. And where a number comes back for a new connection before we heard of the old one's end, curl
// may take the two for one and say nothing, so the new one starts with the old one's wish.

import CCurl
import Glibc
import Loop

/// Descriptors and what curl wants to know of them; see the head of this file. Confined to its loop's thread.
final class SocketTable {
    /// Whoever drives curl. Told of readiness only, never inside a callback of curl.
    protocol Owner: AnyObject {
        func socketReady(_ descriptor: CInt, _ events: Watch.Events)
    }

    fileprivate final class Entry: WatchOwner {
        unowned let table: SocketTable
        let descriptor: CInt
        /// Its end will be seen: it is a connection of ours, and established.
        var isLasting = false
        let isConnection: Bool
        /// What curl wants; kept while idle.
        var wish: Watch.Events = []
        /// curl has said "no longer" and nothing since.
        var isIdle = true
        private(set) var watch: Watch?

        init(_ descriptor: CInt, isConnection: Bool, in table: SocketTable) {
            self.table = table
            self.descriptor = descriptor
            self.isConnection = isConnection
            watch = Watch(descriptor, on: table.loop, owner: self)
        }

        func watchReady(_ watch: Watch, _ events: Watch.Events) {
            if isIdle {
                watch.stop()
            } else {
                table.owner?.socketReady(descriptor, events)
            }
        }
    }

    private let loop: Loop
    weak var owner: (any Owner)?
    /// By descriptor.
    private var entries: [Entry?] = []

    init(on loop: Loop) {
        self.loop = loop
    }

    /// CURLMOPT_SOCKETFUNCTION.
    func want(_ what: CInt, of descriptor: CInt) {
        if what == CURL_POLL_REMOVE {
            guard let entry = entry(descriptor) else { return }
            entry.isIdle = true
            if !entry.isLasting { forget(entry) }
            return
        }
        let entry = self.entry(descriptor) ?? add(descriptor, isConnection: false)
        entry.isIdle = false
        entry.isLasting = entry.isConnection && (entry.isLasting || what == CURL_POLL_IN)
        entry.wish = []
        if what & CURL_POLL_IN != 0 { entry.wish.insert(.read) }
        if what & CURL_POLL_OUT != 0 { entry.wish.insert(.write) }
        entry.watch?.want(entry.wish)
    }

    /// CURLOPT_OPENSOCKETFUNCTION.
    func open(_ address: curl_sockaddr) -> CInt {
        let kind = address.socktype | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, address.protocol)
        guard descriptor >= 0 else { return descriptor }
        let unheard = entry(descriptor).flatMap { $0.isIdle ? nil : $0.wish } ?? []
        let entry = add(descriptor, isConnection: true)
        if !unheard.isEmpty {
            entry.isIdle = false
            entry.wish = unheard
            entry.watch?.want(unheard)
        }
        return descriptor
    }

    /// CURLOPT_CLOSESOCKETFUNCTION.
    func close(_ descriptor: CInt) -> CInt {
        if let entry = entry(descriptor) { forget(entry) }
        return Glibc.close(descriptor)
    }

    private func entry(_ descriptor: CInt) -> Entry? {
        let index = Int(descriptor)
        return index >= 0 && index < entries.count ? entries[index] : nil
    }

    private func add(_ descriptor: CInt, isConnection: Bool) -> Entry {
        // A descriptor that was closed without a word (see above) and has come back.
        if let stale = entry(descriptor) { forget(stale) }
        while entries.count <= Int(descriptor) { entries.append(nil) }
        let entry = Entry(descriptor, isConnection: isConnection, in: self)
        entries[Int(descriptor)] = entry
        return entry
    }

    /// Retired, not freed: we may be inside the entry's own callback.
    private func forget(_ entry: Entry) {
        entry.watch?.stop()
        entries[Int(entry.descriptor)] = nil
        loop.retire(entry)
    }
}

@available(*, unavailable, message: "confined to the thread of its loop")
extension SocketTable: Sendable {}
