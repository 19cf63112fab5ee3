import JSON
import Testing

@testable import Judgment

private func program(_ schema: String, assertsFormat: Bool = false) throws -> SchemaProgram {
    try SchemaCompiler.compile(Array(schema.utf8), assertsFormat: assertsFormat)
}

private func judged(_ schema: String, _ text: String, assertsFormat: Bool = false) throws -> Ruling {
    let check = JSONSchemaCheck(program: try program(schema, assertsFormat: assertsFormat))
    return judged(check, Array(text.utf8), pieces: 1000).ruling
}

/// The prefix at which the schema refutes the text; nil if none does.
private func refuted(_ schema: String, _ text: String) throws -> String? {
    let check = JSONSchemaCheck(program: try program(schema))
    let at = judged(check, Array(text.utf8), pieces: 1, asking: true).refutedAt
    return at.map { String(decoding: Array(text.utf8).prefix($0), as: UTF8.self) }
}

private func refusal(_ schema: String, assertsFormat: Bool = false) -> String? {
    do throws(SchemaError) {
        _ = try SchemaCompiler.compile(Array(schema.utf8), assertsFormat: assertsFormat)
        return nil
    } catch { return error.description }
}

@Suite struct SchemaTests {
    @Test func failuresNamePathPositionKeywordAndWhatWasFound() throws {
        let schema = #"{"properties":{"a/b":{"items":{"type":"integer","maximum":5}}},"required":["c"]}"#
        #expect(
            try judged(schema, #"{"a/b":[1,"x"]}"#) == .fail("/a~1b/1 at byte 10: type: expected integer, found string")
        )
        #expect(try judged(schema, #"{"a/b":[1,7]}"#) == .fail(#"/a~1b/1 at byte 10: maximum: "7" is too large"#))
        #expect(
            try judged(schema, #"{"a/b":[]}"#) == .fail(#"the value at byte 9: required: the member "c" is missing"#)
        )
        #expect(
            try judged(#"{"anyOf":[{"type":"null"},{"const":1}]}"#, "2")
                == .fail("the value at byte 0: anyOf: no alternative holds")
        )
        #expect(try judged("{}", #"{"a":1,"a":2}"#).passes == false)
    }

    @Test func prefixesAreRefutedAsEarlyAsTheyShowIt() throws {
        let closed =
            #"{"type":"object","properties":{"tag":{"enum":["slow","fast"]},"n":{"maxLength":2}},"additionalProperties":false}"#
        #expect(try refuted(closed, "[1]") == "[")
        #expect(try refuted(closed, #"{"tag":"slim"}"#) == #"{"tag":"sli"#)
        #expect(try refuted(closed, #"{"tag":"\u0073\u006co"}"#) == #"{"tag":"\u0073\u006co""#)
        #expect(try refuted(closed, #"{"tag":"\u0073\u006di"}"#) == #"{"tag":"\u0073\u006d"#)
        #expect(try refuted(closed, #"{"n":"abcd"}"#) == #"{"n":"abc"#)
        #expect(try refuted(closed, #"{"tag":[1]}"#) == #"{"tag":["#)
        #expect(try refuted(closed, #"{"tag":1}"#) == #"{"tag":1"#)
        #expect(try refuted(#"{"items":{"type":"integer"}}"#, "[1.5, 2]") == "[1.5,")
        #expect(try refuted(#"{"anyOf":[{"type":"object"},{"type":"array"}]}"#, #""abc""#) == #"""#)
        #expect(
            try refuted(#"{"uniqueItems":true}"#, #"[{"a":1,"b":2}, {"b":2.0,"a":1}, 3]"#)
                == #"[{"a":1,"b":2}, {"b":2.0,"a":1}"#
        )
    }

    @Test(arguments: [
        (#"{"additionalProperties":false,"properties":{"tag":{},"tags":{}}}"#, #"{"tog":1}"#, #"{"to"#),
        // The name that is left is another one.
        (#"{"additionalProperties":false,"properties":{"tag":{},"n":{}}}"#, #"{"tag":1, "tag":2}"#, #"{"tag":1, "t"#),
        (#"{"additionalProperties":false,"properties":{"tag":{}}}"#, #"{"tag":1 , "n":2}"#, #"{"tag":1 ,"#),
        (#"{"additionalProperties":false,"properties":{"a":false,"b":{}}}"#, #"{"a":1}"#, #"{"a"#),
        (#"{"additionalProperties":false,"properties":{"\u00e9":{}}}"#, #"{"\u00e8":1}"#, #"{"\u00e8"#),
        (#"{"additionalProperties":false,"patternProperties":{"^x_":{}}}"#, #"{"xa":1}"#, #"{"xa"#),
        (#"{"additionalProperties":false}"#, #"{"xa":1}"#, #"{""#),
        (#"{"propertyNames":{"enum":["one","other"]}}"#, #"{"on":1}"#, #"{"on""#),
        (#"{"propertyNames":{"enum":["one","other"]}}"#, #"{"onx":1}"#, #"{"onx"#),
        (#"{"propertyNames":{"maxLength":2}}"#, #"{"long":1}"#, #"{"lon"#),
        (#"{"propertyNames":{"pattern":"^[a-z]+$"}}"#, #"{"ab1c":1}"#, #"{"ab1"#),
        (#"{"maxProperties":1}"#, #"{"a":1,"b":2}"#, #"{"a":1,"#),
        (#"{"maxProperties":2,"required":["a","b"]}"#, #"{"a":1,"c":2}"#, #"{"a":1,"c""#),
        (
            #"{"anyOf":[{"properties":{"a":{}},"additionalProperties":false},{"maxProperties":0}]}"#, #"{"b":1}"#,
            #"{"b"#
        ),
        (#"{"additionalProperties":{"type":"null"}}"#, #"{"b":1}"#, #"{"b":1"#),
    ])
    func aNameIsRefutedByItsBeginning(schema: String, text: String, at: String) throws {
        #expect(try refuted(schema, text) == at)
    }

    @Test(arguments: [
        (#"{"maxItems":1}"#, "[1, 2]", "[1,"), (#"{"maxItems":0}"#, "[1]", "[1"),
        (#"{"prefixItems":[{},{}],"items":false}"#, "[1,[2] ,3]", "[1,[2] ,"), (#"{"items":false}"#, "[1]", "[1"),
        (#"{"contains":{"const":1},"maxItems":2}"#, "[2, 3]", "[2, 3]"),
        (#"{"contains":{"const":1},"maxItems":2}"#, "[2, [], 4]", "[2, []"),
        (
            #"{"contains":{"const":"a"},"minContains":2,"prefixItems":[{},{},{}],"items":false}"#, #"["a", "b", "c"]"#,
            #"["a", "b", "c""#
        ),
    ])
    func anArrayIsRefutedWhereItsRoomEnds(schema: String, text: String, at: String) throws {
        #expect(try refuted(schema, text) == at)
    }

    @Test(arguments: [
        (#"{"type":"string"}"#, "12", "1"), (#"{"type":["null","string"]}"#, "true", "t"),
        (#"{"enum":[true,"x"]}"#, "false", "f"), (#"{"const":null}"#, "nul", nil),
        (#"{"enum":[12,1.5]}"#, "1.6", "1.6"),
        (#"{"enum":[12,1.5]}"#, "1.20e1", nil), (#"{"enum":[12,1.5]}"#, "-1", "-"), (#"{"enum":[0]}"#, "-0.0e5", nil),
        (#"{"enum":[12]}"#, "1200e-3", "1200e-3"), (#"{"type":"integer"}"#, "1.5e-1", "1.5e-"),
        (#"{"type":"integer"}"#, "1.50e1", nil), (#"{"type":"integer"}"#, "100e-3", "100e-3"),
        (#"{"minimum":0}"#, "-0.1", "-0.1"), (#"{"minimum":1}"#, "-0", "-"), (#"{"exclusiveMaximum":0}"#, "1", "1"),
        (#"{"maximum":5}"#, "60", nil), (#"{"maximum":5}"#, "60e+1", "60e+"), (#"{"multipleOf":3}"#, "1e5", "1e"),
        (#"{"multipleOf":0.5}"#, "5e-12", "5e-12"), (#"{"anyOf":[{"minimum":3},{"type":"null"}]}"#, "-4", "-"),
    ])
    func aNumberOrALiteralIsRefutedByItsBeginning(schema: String, text: String, at: String?) throws {
        #expect(try refuted(schema, text) == at)
    }

    @Test func anAnchoredPatternRefutesABeginning() throws {
        // Looked at after 1, 2, 4 and 8 pieces.
        #expect(try refuted(#"{"pattern":"^[a-z]{2,}$"}"#, #""a1bc""#) == #""a1b"#)
        #expect(try refuted(#"{"pattern":"[a-z]{2,}$"}"#, #""a1b2""#) == #""a1b2""#)
        #expect(try refuted(#"{"pattern":"^\\p{Lu}"}"#, #""éab""#) == #""éa"#)
    }

    @Test func someKeywordsDecideOnlyOnFinishedValues() throws {
        #expect(try refuted(#"{"not":{"type":"object"}}"#, #"{"a":1}"#) == #"{"a":1}"#)
        #expect(try refuted(#"{"oneOf":[{"type":"null"},{"type":"array"}]}"#, #"{"a":1}"#) == #"{"a":1}"#)
        #expect(
            try refuted(#"{"if":{"required":["a"]},"then":{"properties":{"a":{"type":"null"}}}}"#, #"{"a":1,"b":2}"#)
                == #"{"a":1,"b":2}"#
        )
        #expect(try refuted(#"{"unevaluatedProperties":false}"#, #"{"a":1,"b":2}"#) == #"{"a":1,"b":2}"#)
    }

    @Test func whatIsNotSupportedIsRefusedByName() {
        #expect(refusal(#"{"$vocabulary":{}}"#)?.contains("$vocabulary") == true)
        #expect(
            refusal(#"{"$ref":"other.json"}"#)
                == "#/$ref: other.json is not in this file, and remote references are not supported"
        )
        #expect(refusal(#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#)?.contains("not supported") == true)
        #expect(
            refusal(##"{"properties":{"a":{"$recursiveRef":"#"}}}"##)?.hasPrefix("#/properties/a/$recursiveRef: ")
                == true
        )
        #expect(refusal(#"{"additionalItems":false}"#)?.contains("replaced by items") == true)
        #expect(refusal(#"{"items":[{}]}"#)?.contains("prefixItems") == true)
        #expect(
            refusal(#"{"$schema":"http://json-schema.org/draft-07/schema#","unevaluatedProperties":false}"#)?.contains(
                "2020-12"
            ) == true
        )
        #expect(refusal(#"{"x-unknown":1,"title":"t"}"#) == nil)
    }

    @Test func nonsenseIsRefusedWithItsPlace() {
        #expect(refusal(#"{"type":"int"}"#)?.hasPrefix("#/type: expected one of") == true)
        #expect(refusal(#"{"minLength":1.5}"#)?.hasPrefix("#/minLength") == true)
        #expect(refusal(#"{"multipleOf":0}"#)?.hasPrefix("#/multipleOf") == true)
        #expect(refusal(#"{"pattern":"(a"}"#)?.hasPrefix("#/pattern: not a pattern") == true)
        #expect(refusal(#"{"pattern":"a++"}"#)?.contains("nothing to repeat") == true)
        #expect(refusal(##"{"$ref":"#/nowhere"}"##) == "#/$ref: #/nowhere leads nowhere")
        #expect(refusal(#"{"allOf":[]}"#)?.hasPrefix("#/allOf") == true)
        #expect(refusal("3")?.contains("expected a schema") == true)
        #expect(refusal(#"{"type":"null","type":"null"}"#)?.contains("twice") == true)
    }

    @Test func aSchemaThatRefersToItselfWithoutEndIsRefused() throws {
        #expect(refusal(##"{"$ref":"#"}"##) == "#: refers to itself without end")
        #expect(
            refusal(##"{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"not":{"$ref":"#"}}]}}}"##)?.contains(
                "without end"
            ) == true
        )
        #expect(refusal(##"{"properties":{"a":{"$ref":"#"}}}"##) == nil)
        // Through a $dynamicRef it shows only on the way.
        let dynamic = ##"{"$dynamicAnchor":"a","$dynamicRef":"#a"}"##
        #expect(try judged(dynamic, "1") == .limit("the schema refers to itself without end"))
    }

    @Test func dynamicReferencesFollowTheWayTaken() throws {
        let schema = """
            {
              "$id": "https://example.com/strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": false,
              "$defs": { "tree": { "$id": "https://example.com/tree", "$dynamicAnchor": "node", "type": "object",
                "properties": { "data": true, "children": { "items": { "$dynamicRef": "#node" } } } } }
            }
            """
        #expect(try judged(schema, #"{"children":[{"data":1}]}"#).passes)
        #expect(try judged(schema, #"{"children":[{"daat":1}]}"#).passes == false)
    }

    @Test func aCompilationLeavesNothingBehind() throws {
        weak var left: SchemaSource?
        do {
            let text = ##"{"$id":"a","$anchor":"b","properties":{"c":{"$id":"d","$dynamicAnchor":"e","items":[1]}}}"##
            let root = SchemaSource(try JSONTree.parse(Array(text.utf8)))
            var resources = SchemaResources()
            try resources.add(root, uri: "")
            #expect(root["properties"]?["c"]?.resource.index == 1)
            left = root
        }
        #expect(left == nil)
    }

    @Test func workIsBounded() throws {
        // Two references each at 30 levels: 2^30 evaluations, if nobody counted.
        let levels = (0..<30).map {
            ##""l\##($0)":{"allOf":[{"$ref":"#/$defs/l\##($0 + 1)"},{"$ref":"#/$defs/l\##($0 + 1)"}]}"##
        }
        let schema = ##"{"$ref":"#/$defs/l0","$defs":{\##(levels.joined(separator: ",")),"l30":{"type":"integer"}}}"##
        #expect(try judged(schema, "1") == .limit("checking against the schema took too many steps"))
        let slow = #"{"pattern":"^(a|aa)+$"}"#
        #expect(
            try judged(slow, "\"\(String(repeating: "a", count: 60))!\"")
                == .limit("matching a pattern of the schema took too many steps")
        )
    }

    @Test func numbersAreExactWhateverTheirLength() throws {
        #expect(try judged(#"{"maximum":12345678901234567890}"#, "12345678901234567890").passes)
        #expect(try judged(#"{"maximum":12345678901234567890}"#, "12345678901234567891").passes == false)
        #expect(try judged(#"{"const":1.0}"#, "10e-1").passes)
        #expect(try judged(#"{"type":"integer"}"#, "1e400").passes)
        #expect(try judged(#"{"multipleOf":0.01}"#, "4.35").passes)
        #expect(try judged(#"{"multipleOf":0.01}"#, "4.355").passes == false)
        #expect(try judged(#"{"multipleOf":7}"#, "7000000000000000000000000000000000000007").passes)
        #expect(try judged(#"{"multipleOf":3}"#, "1e300").passes == false)
    }

    @Test func formatsAreAnnotationsUnlessAsserted() throws {
        let accepted = [
            ("date-time", "2024-02-29T23:59:60Z"), ("date", "2024-02-29"), ("time", "12:00:00.5+02:00"),
            ("duration", "P1Y2M3DT4H"), ("duration", "P2W"), ("email", "a.b@example.com"), ("hostname", "a-b.example"),
            ("ipv4", "127.0.0.1"), ("ipv6", "::1"), ("ipv6", "1:2:3:4:5:6:7:8"), ("ipv6", "::ffff:1.2.3.4"),
            ("uri", "https://a@example.com:80/x?y#z"), ("uri-reference", "../a%20b"),
            ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380"), ("json-pointer", "/a~1b"), ("regex", "^a+$"),
        ]
        let refused = [
            ("date-time", "2024-02-29 25:00:00Z"), ("date", "2023-02-29"), ("time", "12:00:60Z"), ("duration", "P1YT"),
            ("duration", "P1D2Y"), ("email", "a..b@example.com"), ("hostname", "-a"), ("ipv4", "256.1.1.1"),
            ("ipv4", "01.1.1.1"), ("ipv6", ":::1"), ("ipv6", "1:2:3:4:5:6:7"), ("ipv6", "12345::"), ("uri", "//a/b"),
            ("uri", "http://a b"), ("uri-reference", "a\\\\b"), ("uuid", "2eb8aa08aa9811eab4aa73b441d16380"),
            ("json-pointer", "a"), ("regex", "^(a"),
        ]
        for (format, text) in accepted {
            let schema = #"{"format":"\#(format)"}"#
            #expect(try judged(schema, "\"\(text)\"", assertsFormat: true).passes, "\(format) \(text)")
        }
        for (format, text) in refused {
            let schema = #"{"format":"\#(format)"}"#
            #expect(try judged(schema, "\"\(text)\"", assertsFormat: true).passes == false, "\(format) \(text)")
            #expect(try judged(schema, "\"\(text)\"").passes, "\(format) \(text)")
        }
        #expect(refusal(#"{"format":"color"}"#) == nil)
        #expect(refusal(#"{"format":"color"}"#, assertsFormat: true)?.contains("color cannot be asserted") == true)
    }

    @Test func manyMembersItemsAndNamesAreCountedPastOneWord() throws {
        let members = (0..<200).map { #""m\#($0)":\#($0)"# }.joined(separator: ",")
        let schema = #"{"allOf":[{"patternProperties":{"^m":{"type":"integer"}}}],"unevaluatedProperties":false}"#
        #expect(try judged(schema, "{\(members)}").passes)
        #expect(try judged(schema, "{\(members),\"x\":1}").passes == false)
        let required = (0..<100).map { "\"m\($0)\"" }.joined(separator: ",")
        #expect(try judged(#"{"required":[\#(required)]}"#, "{\(members)}").passes)
        #expect(try judged(#"{"required":[\#(required),"x"]}"#, "{\(members)}").passes == false)
    }

    @Test func oneNameInTwoSpellingsIsTwoNames() throws {
        // é as one scalar and as two: equal for Swift's strings, not for JSON.
        let schema = "{\"properties\":{\"\u{e9}\":{\"type\":\"null\"}},\"additionalProperties\":{\"type\":\"integer\"}}"
        #expect(try judged(schema, "{\"e\u{301}\":1,\"\u{e9}\":null}").passes)
    }
}
