// What a stored answer really takes: `cache.memory` bounds bytes of the process, not bytes of text.
//
// glibc's malloc gives chunks of a multiple of 16 bytes, 8 of them its own, at least 32; requests from 128 KiB on are
// whole pages. A Swift array or native string has a header of 32 bytes and may have room to spare; a string of up to
// 15 bytes takes nothing. Slices of an answer's body share its buffer and are counted once, with the body.

import Completions

struct Footprint {
    private(set) var bytes = 0

    /// The real size of an allocation for which `size` bytes are asked.
    static func allocation(_ size: Int) -> Int {
        guard size < 128 * 1024 else { return (size + 16 + 4095) & ~4095 }
        return max(32, (size + 8 + 15) & ~15)
    }

    static func array(capacity: Int, stride: Int) -> Int {
        capacity == 0 ? 0 : allocation(32 + capacity * stride)
    }

    mutating func add(allocation size: Int) { bytes += Self.allocation(size) }

    mutating func add<Element>(_ array: [Element]) {
        bytes += Self.array(capacity: array.capacity, stride: MemoryLayout<Element>.stride)
    }

    mutating func add(_ text: String) {
        let count = text.utf8.count
        if count > 15 { bytes += Self.allocation(32 + count + 1) }
    }

    mutating func add(_ slice: ArraySlice<UInt8>, of body: [UInt8]) {
        let shared = body.withUnsafeBytes { body in
            slice.withUnsafeBytes { slice in
                guard let start = slice.baseAddress, let base = body.baseAddress else { return true }
                return start >= base && start <= base + body.count
            }
        }
        if !shared { bytes += Self.array(capacity: slice.count, stride: 1) }
    }

    mutating func add(_ entry: CachedAnswer) {
        add(allocation: entryInstance)
        add(entry.model)
        add(entry.verdict)
        if let name = entry.scoreName { add(name) }
        add(entry.answer)
    }

    private mutating func add(_ answer: CompletionAnswer) {
        add(answer.raw)
        if let id = answer.id { add(id) }
        if let model = answer.model { add(model) }
        if let fingerprint = answer.systemFingerprint { add(fingerprint, of: answer.raw) }
        if let usage = answer.usage { add(usage.raw, of: answer.raw) }
        add(answer.choices)
        for choice in answer.choices {
            if let text = choice.text { add(text) }
            if let refusal = choice.refusal { add(refusal) }
            if case .other(let text) = choice.finishReason { add(text) }
            add(choice.toolCalls)
            for call in choice.toolCalls {
                add(call.id)
                add(call.name)
                add(call.arguments)
            }
            if let logprobs = choice.logprobs {
                add(logprobs.logprobs)
                add(logprobs.tokenBytes)
                add(logprobs.tokenEnds)
                add(logprobs.textOffsets)
                add(logprobs.margins)
                add(logprobs.raw, of: answer.raw)
            }
            add(choice.raw, of: answer.raw)
        }
    }
}

/// Bytes of a ``CachedAnswer`` object: its header and its fields, the answer's inline ones among them.
private let entryInstance = 16 + MemoryLayout<CacheKey>.stride + MemoryLayout<CompletionAnswer>.stride + 128
