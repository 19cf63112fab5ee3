import Glibc
import Loop
import Synchronization

/// A series of a counter: where its cell is. Looked up once, when settings are loaded.
struct Counter: Sendable, Hashable {
    let cell: Int32
}

/// A series of a histogram: where its cells are.
struct Histogram: Sendable {
    let cell: Int32
    let shape: HistogramShape
}

/// One worker's counts. Written by that worker's thread alone, read by whoever scrapes.
///
/// A cell is written with a relaxed load and a relaxed store: no locked instruction, since nobody else writes it. A
/// scrape may see one counter before and another after the same exchange; each by itself is right.
final class MetricCells: Sendable {
    /// Series of all families together, in cells. The memory is zero pages until a cell is touched.
    static let capacity = 1 << 17

    /// Freed in `deinit`. Unsafe only for the compiler: the pointer never changes, and behind it are atomics.
    nonisolated(unsafe) private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        // Zeroed memory is what `Atomic<UInt64>(0)` is; setting each one would touch every page.
        guard let memory = calloc(Self.capacity, MemoryLayout<Atomic<UInt64>>.stride) else {
            fatalError("out of memory")
        }
        cells = memory.bindMemory(to: Atomic<UInt64>.self, capacity: Self.capacity)
    }

    deinit {
        free(cells)
    }

    func add(_ counter: Counter, _ amount: UInt64 = 1) {
        add(Int(counter.cell), amount)
    }

    func observe(_ histogram: Histogram, _ time: Duration) {
        observe(histogram, nanoseconds: UInt64(max(0, time.nanoseconds)))
    }

    func observe(_ histogram: Histogram, nanoseconds: UInt64) {
        let cell = Int(histogram.cell)
        add(cell + histogram.shape.bucket(nanoseconds), 1)
        add(cell + histogram.shape.bounds.count + 1, nanoseconds)
    }

    private func add(_ cell: Int, _ amount: UInt64) {
        cells[cell].store(cells[cell].load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// For cells that several threads write.
    func addShared(_ counter: Counter, _ amount: UInt64) {
        cells[Int(counter.cell)].wrappingAdd(amount, ordering: .relaxed)
    }

    func value(_ cell: Int) -> UInt64 {
        cells[cell].load(ordering: .relaxed)
    }
}
