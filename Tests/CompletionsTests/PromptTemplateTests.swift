import JSON
import Testing

@testable import Completions

@Suite("Prompt templates") struct PromptTemplateTests {
    private let chat = #"""
        {"model":"r","metadata":{"tenant":"acme & co","q":"\"<"},"messages":[
         {"role":"system","content":"Be <brief>."},{"role":"user","content":"first"},
         {"role":"assistant","content":"one"},{"role":"developer","content":"Now & then."},
         {"role":"user","content":[{"type":"text","text":"a\n"},{"type":"text","text":"\"b\""}]}]}
        """#

    private func render(_ template: String, _ body: String? = nil) throws -> String {
        text(try PromptTemplate(template, name: "t").render(try Make.chat(body ?? chat)))
    }

    @Test("variables are filled in without escaping") func variables() throws {
        #expect(
            try render("{{input}}|{{ system }}|{{{input}}}|{{&input}}")
                == "a\n\"b\"|Be <brief>.\nNow & then.|a\n\"b\"|a\n\"b\""
        )
        #expect(try render("{{metadata.tenant}}/{{metadata.q}}/{{metadata.none}}/") == "acme & co/\"<//")
    }

    @Test("all messages can be listed") func messages() throws {
        #expect(
            try render("{{#messages}}\n{{role}}: {{content}}\n{{/messages}}\nend {{input}}")
                == "system: Be <brief>.\nuser: first\nassistant: one\ndeveloper: Now & then.\nuser: a\n\"b\"\nend a\n\"b\""
        )
        #expect(
            try render("{{#messages}}{{role}}{{^last()}},{{/last()}}{{/messages}}")
                == "system,user,assistant,developer,user"
        )
        let completions = try Make.completions(#"{"model":"r","prompt":"x<y"}"#)
        let template = try PromptTemplate("{{#messages}}{{role}}={{content}}{{/messages}} {{input}}", name: "t")
        #expect(text(template.render(completions)) == "user=x<y x<y")
    }

    @Test("sections tell whether there is a system message or a pair of metadata") func sections() throws {
        let template =
            "{{#system}}S {{.}}{{/system}}{{^system}}none{{/system}} {{#metadata.tenant}}T{{/metadata.tenant}}"
        #expect(try render(template) == "S Be <brief>.\nNow & then. T")
        #expect(try render(template, Make.chatBody()) == "none ")
    }

    @Test("what is cut into segments says the same as Mustache") func segments() throws {
        for source in [
            "", "x", "{{input}}", "\n\n{{input}}\n", "  {{input}}  \n{{system}}\n\t{{metadata.q}}", "a{{input}}{ }}b",
        ] {
            let template = try PromptTemplate(source, name: "t")
            let request = try Make.chat(chat)
            #expect(text(template.render(request)) == text(template.renderByMustache(request)), "\(source)")
        }
    }

    @Test(
        "a broken template says where",
        arguments: [
            ("a\n{{inptu}}", 2, "unknown variable 'inptu'"), ("{{input", 1, "not closed"),
            ("\n\n{{#messages}}", 3, "'messages' is not closed"), ("{{/messages}}", 1, "never opened"),
            ("{{#messages}}\n{{/system}}", 2, "closes the section 'messages'"), ("{{> other}}", 1, "partials"),
            ("{{role}}", 1, "only inside {{#messages}}"), ("{{=<% %>=}}", 1, "delimiters"),
            ("{{.}}", 1, "inside a section"),
            ("x\n{{% CONTENT_TYPE:HTML}}", 2, "pragmas"), ("{{metadata.a.b}}", 1, "one level"), ("{{}}", 1, "unknown"),
        ]
    ) func broken(source: String, line: Int, words: String) throws {
        let error = try #require(throws: TemplateError.self) { try PromptTemplate(source, name: "p.mustache") }
        #expect(error.line == line && error.name == "p.mustache")
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test("a template knows its variables") func known() throws {
        let template = try PromptTemplate(
            "{{input}} {{metadata.b}} {{#metadata.a}}{{/metadata.a}} {{! note }}",
            name: "t"
        )
        #expect(template.variables == ["input", "metadata.a", "metadata.b"])
        #expect(template.metadataKeys == ["a", "b"])
    }

    @Test("offered functions can be shown, or be the reason for a sentence") func tools() throws {
        let offered = #"[{"type":"function","function":{"name":"f"}}]"#
        let with = Make.chatBody(#""tools":"# + offered)
        #expect(try render("{{tools}}", with) == offered)
        #expect(
            try render("{{#tools}}Call one. {{/tools}}{{^tools}}Write. {{/tools}}{{input}}", with) == "Call one. hi"
        )
        for without in [Make.chatBody(), Make.chatBody(#""tools":[ ]"#)] {
            #expect(try render("{{tools}}{{^tools}}Write. {{/tools}}{{input}}", without) == "Write. hi")
        }
    }
}
