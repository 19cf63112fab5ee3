import unittest

from index import read_directory
from tests.directory import Directory


def read(**files):
    with Directory(**files) as name:
        return read_directory(name)


def named(entries, name):
    found = [e for e in entries if e.full_name == name]
    assert len(found) == 1, f"{len(found)} of {name} in {[e.full_name for e in entries]}"
    return found[0]


class TestSwift(unittest.TestCase):
    def recursive(self, text):
        return {e.full_name for e in read(a_DOT_swift=text) if e.recursive}

    def test_what_is_declared(self):
        entries = read(
            a_DOT_swift='''
            import Foundation

            public struct Outer<T> {
                enum Kind { case one(Int), two; func shown() -> String { "x" } }
                let closure = { (a: Int) in a }
                init(a: Int) {
                    self.a = a
                }
                var computed: Int { 3 }
                static func == (a: Self, b: Self) -> Bool { true }
            }
            protocol Shape { func area() -> Double
                var name: String { get } }
            extension Outer.Kind: Shape {
                func area() -> Double
                where T: Equatable
                { 1 }
            }
            actor Worker {}
            final class Box {}
            class func notHere() {}
            func free() {
                func local() {}
                struct Inside { func method() {} }
            }
            @Test(arguments: [{ 1 }]) func `a sentence`() { free() }
            '''
        )
        found = {(e.kind, e.full_name) for e in entries if e.kind != "file"}
        self.assertEqual(
            found,
            {
                ("struct", "Outer"), ("enum", "Outer.Kind"), ("method", "Outer.Kind.shown"), ("method", "Outer.init"),
                ("method", "Outer.=="), ("protocol", "Shape"), ("method", "Outer.Kind.area"), ("class", "Worker"),
                ("class", "Box"), ("function", "notHere"), ("function", "free"), ("function", "free.local"),
                ("struct", "free.Inside"), ("method", "free.Inside.method"), ("test", "a sentence"),
            },
        )
        outer = named(entries, "Outer")
        self.assertEqual((outer.line, outer.last), (3, 11))
        self.assertEqual(named(entries, "Outer.Kind.area").line, 15)
        self.assertEqual(named(entries, "free").tests, 1)
        self.assertEqual(named(entries, "free.local").tests, 0)

    def test_strings_and_comments_are_no_code_but_what_is_put_into_strings_is(self):
        entries = read(
            a_DOT_swift=r'''
            func first() {
                /* { /* } */ { */
                // {
                _ = "{ \(called("a", x["}"])) {" + #"{ " \( \#(raw()) "# + #""""#
                _ = """
                    { " \(inside(
                        1)) "" {
                    """
            }
            func second() { 1 }
            '''
        )
        self.assertEqual([(e.name, e.line, e.last) for e in entries[1:]], [("first", 1, 9), ("second", 10, 10)])
        self.assertEqual(named(entries, "first").calls, {"called", "raw", "inside"})

    def test_a_function_is_recursive_if_it_calls_itself_on_itself(self):
        text = '''
            func sum(_ list: [Int]) -> Int { list.isEmpty ? 0 : list[0] + sum(Array(list.dropFirst())) }
            func other(_ x: Int) -> Int { sum([x]) }
            struct Tree {
                func walk(at depth: Int, with visit: (Int) -> Void = { _ in }) { self.walk(at: depth + 1) { visit($0) } }
                func close() { connection.close(); child?.close() }
                func depth() -> Int { 1 + (left?.depth() ?? 0) }
                static func make() { Tree.make(); Self.make() }
                func lazily() { later { self.lazily() } }
                init(_ x: Int) { self.init() }
                func shadowed() { func shadowed() {}; shadowed() }
                func pattern(_ x: E) { if case .pattern(let y) = x { use(y) } }
                func upwards() { super.upwards() }
                func named() -> String { "named()" }
            }
            '''
        self.assertEqual(self.recursive(text), {"sum", "Tree.walk", "Tree.make", "Tree.lazily"})

    def test_an_overload_is_another_function(self):
        text = '''
            struct Writer {
                func write(_ text: String) { write(Array(text.utf8)) }
                func write(_ bytes: [UInt8]) { send(bytes) }
                func set(after delay: Int) { set(at: now + delay) }
                func set(at moment: Int) { arm() }
                func scan(_ x: Int, deep: Bool = true) { scan(x - 1) }
                func list(_ x: Int...) { list(1, 2, 3) }
                func few(_ x: Int, of y: Int) { few(x) }
            }
            extension Writer {
                func nest(_ x: Int, in y: Int) { nest(x, in: y) }
                func nest(_ x: Int) { nest(x, in: 0) }
            }
            '''
        self.assertEqual(self.recursive(text), {"Writer.scan", "Writer.list", "Writer.nest"})

    def test_complexity_counts_decisions(self):
        entries = read(
            a_DOT_swift='''
            func f(x: Int?) -> Int {
                guard let x, x > 0 || x < -5 else { return 0 }
                if case .some(let y) = z { use(y) }
                for i in 0..<x where i > 1 { while i > 2 && true { break } }
                switch x { case 1: return 1; case 2, 3: return x > 1 ? 2 : 3; default: break }
                do { try g() } catch { h?.i() }
                func inner() { if a { b() } }
                return a ?? b
            }
            struct S { var v: Int { if a { 1 } else { 2 } }; func m() { if a {} } }
            '''
        )
        self.assertEqual(named(entries, "f").complexity, 12)
        self.assertEqual(named(entries, "f.inner").complexity, 2)
        self.assertEqual(named(entries, "S").complexity, 3)
        self.assertEqual(entries[0].complexity, 12 + 2 + 3)


class TestPython(unittest.TestCase):
    def test_what_is_declared_called_and_recursive(self):
        entries = read(
            a_DOT_py='''
            import enum
            def fib(n):
                return n if n < 2 and n >= 0 else fib(n - 1) + fib(n - 2)
            class Colour(enum.Enum):
                RED = 1
            class Tree(Base):
                def walk(self):
                    for child in [c for c in self.children if c]:
                        self.walk()
                def bare(self):
                    bare()
                def other(self):
                    self.next.other()
                @classmethod
                def make(cls):
                    return cls.make() or json.loads("")
            async def later():
                def test_local(): pass
            def test_fib():
                assert fib(3) == 2
            ''',
            broken_DOT_py="def (",
        )
        self.assertEqual(
            {(e.kind, e.full_name) for e in entries if e.kind != "file"},
            {
                ("function", "fib"), ("enum", "Colour"), ("class", "Tree"), ("method", "Tree.walk"), ("method", "Tree.bare"),
                ("method", "Tree.other"), ("method", "Tree.make"), ("function", "later"), ("test", "later.test_local"),
                ("test", "test_fib"),
            },
        )
        self.assertEqual({e.full_name for e in entries if e.recursive}, {"fib", "Tree.walk", "Tree.make"})
        fib = named(entries, "fib")
        self.assertEqual((fib.line, fib.last, fib.complexity, fib.tests), (2, 3, 3, 1))
        self.assertEqual(named(entries, "Tree.make").calls, {"make", "cls.make", "loads", "json.loads"})


class TestC(unittest.TestCase):
    def test_what_is_declared_called_and_recursive(self):
        entries = read(
            a_DOT_c=r'''
            #include <stdlib.h>
            #define LOOP(x) do { \
                while (x) {
            typedef struct { int a; } Point;
            struct list { struct list *next; };
            enum colour { RED, GREEN };
            static int length(const struct list *l);
            static int length(const struct list *l) { return l ? 1 + length(l->next) : 0; }
            int *table[3] = { 0 };
            int handler(struct ops *o) { o->handler(o); char c = '{'; return o.handler("}") /* } */; }
            void *grow(void *p, size_t n) {
                if (n > 10 && p) { free(p); }
                return malloc(n);
            }
            void test_grow(void) { grow(NULL, 1); }
            '''
        )
        self.assertEqual(
            {(e.kind, e.full_name) for e in entries if e.kind != "file"},
            {
                ("struct", "Point"), ("struct", "list"), ("enum", "colour"), ("function", "length"), ("function", "handler"),
                ("function", "grow"), ("test", "test_grow"),
            },
        )
        self.assertEqual({e.full_name for e in entries if e.recursive}, {"length"})
        grow = named(entries, "grow")
        self.assertEqual((grow.line, grow.last, grow.complexity, grow.tests, grow.calls), (11, 14, 3, 1, {"free", "malloc"}))

    def test_cpp_has_methods_and_namespaces(self):
        entries = read(
            a_DOT_cpp='''
            namespace app {
            class Node final : public Base {
              public:
                explicit Node(int x) : x_(x) {}
                int depth() const noexcept { return this->depth(); }
                ~Node() { other->close(); }
            };
            int Node::height() { return Node::height(); }
            auto free_one() -> std::vector<int> { return {}; }
            }
            TEST(NodeTest, Depth) { depth(); }
            '''
        )
        self.assertEqual(
            {(e.kind, e.full_name) for e in entries if e.kind not in ("file",)} - {("method", "app.Node.Node")},
            {
                ("class", "app.Node"), ("method", "app.Node.depth"), ("method", "app.Node.height"), ("function", "app.free_one"),
                ("test", "NodeTest.Depth"),
            },
        )
        self.assertEqual({e.full_name for e in entries if e.recursive}, {"app.Node.depth", "app.Node.height"})


class TestFiles(unittest.TestCase):
    def test_files_are_entries_whatever_is_in_them(self):
        entries = read(a_DOT_md="x\ny\n", b__c_DOT_sh="", node_modules__d_DOT_js="x", e_DOT_bin="x", _DOT_f__g_DOT_c="")
        self.assertEqual(
            [(e.kind, e.path, e.language, e.lines) for e in entries],
            [("file", "a.md", "markdown", 2), ("file", "b/c.sh", "shell", 1)],
        )

    def test_git_says_what_belongs_to_a_checkout(self):
        directory = Directory(a_DOT_c="", b_DOT_c="", _DOT_gitignore="b.c\n")
        with directory as name:
            directory.git("init")
            self.assertEqual([e.path for e in read_directory(name)], ["a.c"])


if __name__ == "__main__":
    unittest.main()
