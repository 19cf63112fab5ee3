import Testing

@testable import Harvest

@Suite struct SketchTests {
    private func sketch(_ text: String) -> Sketch { Sketch(Sketch.Minima(FoldedText(text))) }

    private func likeness(_ a: String, _ b: String) -> Double { sketch(a).likeness(to: sketch(b)) }

    /// The Jaccard index that the sketch estimates, counted.
    private func exact(_ a: String, _ b: String) -> Double {
        func trigrams(_ text: String) -> Set<[UInt32]> {
            let scalars = [0x20] + FoldedText(text).scalars + [0x20]
            return Set((0..<max(0, scalars.count - 2)).map { Array(scalars[$0..<$0 + 3]) })
        }
        let (a, b) = (trigrams(a), trigrams(b))
        return Double(a.intersection(b).count) / Double(a.union(b).count)
    }

    @Test func `case, white space and the mark at the end make no difference`() {
        let plain = sketch("find my slowest functions")
        for same in ["Find my slowest functions.", "  FIND my\tslowest\n functions ?", "find my slowest functions!?"] {
            #expect(sketch(same) == plain)
        }
        #expect(sketch("functions in C") != sketch("functions in C++"))
        #expect(sketch("functions in C#") != sketch("functions in C++"))
    }

    @Test func `the estimate follows the exact index`() {
        var questions = Questions(seed: 1)
        let asked = questions.distinct(120)
        var squares = 0.0
        for (a, b) in zip(asked, asked.dropFirst()) {
            let error = likeness(a, b) - exact(a, b)
            squares += error * error
            #expect(abs(error) < 0.25, "\(a) | \(b)")
        }
        // Of one bit at J near 0.3 the standard deviation is 0.06.
        #expect((squares / 119).squareRoot() < 0.08)
    }

    @Test func `one edit of a question is near`() {
        var questions = Questions(seed: 2)
        let asked = questions.distinct(300)
        func share(_ edit: (inout Questions, String) -> String) -> Double {
            var random = Questions(seed: 3)
            let near = asked.count { sketch($0).isNear(sketch(edit(&random, $0))) }
            return Double(near) / Double(asked.count)
        }
        #expect(share { $0.misspelt($1) } > 0.9)
        #expect(share { $0.extended($1) } > 0.9)
        #expect(share { "please " + $1 } > 0.85)
        #expect(share { $1.uppercased() + "?" } == 1)
    }

    @Test func `another question is hardly ever near`() {
        var questions = Questions(seed: 4)
        let sketches = questions.distinct(300).map { sketch($0) }
        var near = 0
        for (index, one) in sketches.enumerated() {
            near += sketches[(index + 1)...].count { one.isNear($0) }
        }
        let pairs = 300 * 299 / 2
        #expect(Double(near) / Double(pairs) < 0.002)
    }

    @Test func `texts that have nothing in common have no likeness`() {
        #expect(likeness("list all functions", "Wo ist der Bahnhof?") < 0.25)
        #expect(likeness("遅い関数を見つけて", "список всех классов") < 0.25)
    }

    @Test func `three words and one letter are enough`() {
        #expect(sketch("list all functions").isNear(sketch("list all function")))
        #expect(!sketch("list all functions").isNear(sketch("list all classes")))
        #expect(sketch("a") == sketch("A"))
        #expect(!sketch("a").isNear(sketch("b")))
        #expect(sketch("") == sketch(" \n"))
        #expect(!sketch("?").isNear(sketch("!")))
    }

    @Test(arguments: [
        ("найди самые медленные функции", "Найди мои самые медленные функции", "где используется Redis"),
        ("遅い再帰関数をすべて見つけて", "遅い再帰関数をすべて見つけて。", "テストのないクラスを表示"),
        ("查找所有运行缓慢的递归函数", "请查找所有运行缓慢的递归函数", "列出没有测试的类"),
        ("ابحث عن الدوال البطيئة في المصدر", "ابحث عن الدوال البطيئة في المصدر؟", "اعرض الأصناف بدون اختبارات"),
        ("सबसे धीमे फ़ंक्शन दिखाओ", "सबसे धीमे फ़ंक्शन दिखाओ।", "बिना टेस्ट वाली क्लास"),
    ]) func `scripts other than Latin are compared alike`(question: String, near: String, other: String) {
        #expect(sketch(question).isNear(sketch(near)))
        #expect(!sketch(question).isNear(sketch(other)))
    }

    @Test func `a megabyte is bounded work, and a word in it hardly matters`() {
        var questions = Questions(seed: 5)
        var text = ""
        while text.utf8.count < 1 << 20 { text += questions.next() + "; " }
        let long = Sketch.Minima(FoldedText(text))
        #expect(Sketch(long).isNear(sketch(text + " and one word more")))
        #expect(!Sketch(long).isNear(sketch("find my slowest functions")))
        // One trigram over and over is one trigram.
        #expect(sketch(String(repeating: "a", count: 1 << 20)) == sketch(String(repeating: "a", count: 5000)))
    }

    @Test func `the same text has the same sketch in every process`() {
        // Kept by the store: a change here is another `Sketch.version`.
        #expect(Sketch.version == 1)
        #expect(
            sketch("find my slowest functions").words
                == [
                    1_244_732_340_330_421_767, 9_009_215_144_169_076_487, 5_106_124_259_918_680_411,
                    4_462_646_845_453_522_059,
                ]
        )
        let again = Sketch(words: sketch("find my slowest functions").words)
        #expect(again == sketch("find my slowest functions"))
        #expect(Sketch(words: [1, 2, 3]) == nil)
    }
}
