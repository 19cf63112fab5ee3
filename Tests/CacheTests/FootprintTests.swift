import Completions
import Glibc
import Testing

@testable import Cache

/// glibc's word on an allocation; a sanitizer's allocator says the size that was asked for.
private func usable(_ pointer: UnsafeMutableRawPointer) -> Int {
    typealias Function = @convention(c) (UnsafeMutableRawPointer?) -> Int
    return unsafeBitCast(dlsym(nil, "malloc_usable_size"), to: Function.self)(pointer)
}

private let isGlibcMalloc = {
    let pointer = malloc(17)!
    defer { free(pointer) }
    return usable(pointer) == 24
}()

@Suite(.enabled(if: isGlibcMalloc, "a sanitizer has replaced malloc")) struct FootprintTests {
    @Test func allocationsAreChargedAsMallocMakesThem() {
        // An odd piece of 16 bytes that could not be a chunk of its own stays with the chunk it was cut from.
        var wrong: [Int] = []
        for size in stride(from: 1, to: 100_000, by: 37) {
            let pointer = malloc(size)!
            // 8 bytes in front of what can be used are malloc's own.
            if !(0...16).contains(usable(pointer) + 8 - Footprint.allocation(size)) { wrong.append(size) }
            free(pointer)
        }
        #expect(wrong.isEmpty)
    }

    @Test func objectsAreChargedAtLeastWhatTheyTake() {
        let entry = sampleAnswer(sampleKey())
        var charged = Footprint()
        charged.add(entry)
        let object = usable(Unmanaged.passUnretained(entry).toOpaque()) + 8
        var parts = 0
        parts += Footprint.array(capacity: entry.bytes.capacity, stride: 1)
        #expect(charged.bytes >= object + parts)
        #expect(charged.bytes < object + parts + 200)
        // The room that is made for the bytes fits them.
        #expect(entry.bytes.capacity < entry.bytes.count + 200)
    }
}
