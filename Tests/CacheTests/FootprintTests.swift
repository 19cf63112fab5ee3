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
        parts += Footprint.array(capacity: entry.answer.raw.capacity, stride: 1)
        #expect(charged.bytes >= object + parts)
        // The raw parts are slices of the body, and not charged again.
        #expect(charged.bytes < object + parts + 1500)
    }

    @Test func aSliceOfSomethingElseIsCharged() {
        let body = [UInt8](repeating: 1, count: 1000)
        var footprint = Footprint()
        footprint.add(body[10..<20], of: body)
        #expect(footprint.bytes == 0)
        footprint.add([UInt8](repeating: 2, count: 1000)[...], of: body)
        #expect(footprint.bytes >= 1032)
    }
}
