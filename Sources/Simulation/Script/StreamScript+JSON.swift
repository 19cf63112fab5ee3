import JSON

extension StreamScript {
    init(_ tree: JSONTree, at path: String) throws(ScriptError) {
        self.init()
        var reader = try ScriptReader(tree, at: path)
        tokensPerEvent = try reader.integer("tokens_per_event", atLeast: 1) ?? tokensPerEvent
        if let name = try reader.text("line_end") {
            guard let end = LineEnd(rawValue: name) else {
                let known = LineEnd.allCases.map(\.rawValue).joined(separator: ", ")
                throw ScriptError(path: reader.at("line_end"), message: "one of \(known) was expected")
            }
            lineEnd = end
        }
        commentEvery = try reader.integer("comment_every") ?? commentEvery
        splitData = try reader.flag("split_data") ?? splitData
        space = try reader.flag("space") ?? space
        chunkBytes = try reader.integer("chunk_bytes") ?? chunkBytes
        try reader.finish()
    }
}
