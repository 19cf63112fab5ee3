import Testing

@testable import Training

struct InventorTests {
    @Test(arguments: [
        (#"["a", " b ", "", 3]"#, ["a", "b"]),
        ("Here you are:\n```json\n[\"x [1]\", \"y\"]\n```\nEnjoy.", ["x [1]", "y"]),
        ("1. first\n2) second\n- third\n\n* fourth", ["first", "second", "third", "fourth"]),
        ("", []),
    ])
    func `a list is read however it is dressed`(_ text: String, _ list: [String]) {
        #expect(Inventor.strings(in: text) == list)
    }
}
