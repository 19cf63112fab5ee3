import Testing

@testable import Simulation

@Suite struct PromptTextTests {
    static let prompts: [(String, String)] = [
        ("slowest functions", "slowest functions"),
        ("slowest functions\n\n###\n\n", "slowest functions"),
        ("slowest functions ->", "slowest functions"),
        ("slowest functions\n\n===\n\n###\n\n", "slowest functions"),
        (
            "Rules.\n\nQuestion: an example\nQuery: kind:file\n\nQuestion: slowest functions\nQuery:",
            "slowest functions"
        ),
        ("Question: slowest functions\nQuery:\n", "slowest functions"),
        ("", ""), ("###", ""),
    ]

    @Test("the question is found in the prompts that models are given", arguments: prompts)
    func finds(prompt: String, question: String) {
        #expect(PromptText.question(in: prompt) == question)
    }
}
