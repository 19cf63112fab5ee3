import Glibc

// Figures as people read them: one spelling in reasons, tables and the page.
extension Double {
    /// `93.1 %`. What is below the bar never reads as if it reached it: 0.8996 is 89.9 %.
    var percent: String {
        let tenths = self < Bar.least && self > Bar.least - 0.001 ? 899 : (self * 1000).rounded()
        return "\((tenths / 10).fixed(1)) %"
    }

    /// Of a difference of shares: `+1.2 points`.
    var points: String { "\(self < 0 ? "" : "+")\((self * 100).fixed(1)) points" }

    /// Of one request: two digits that count, however small it is.
    var dollarsEach: String {
        guard self > 0, self < 0.1 else { return "\(fixed(2)) USD" }
        return "\(fixed(min(12, Int((-log10(self)).rounded(.up)) + 1))) USD"
    }

    /// `7.9x`
    var times: String { "\(fixed(1))x" }

    var milliseconds: String { "\(fixed(self < 10 ? 1 : 0)) ms" }
}
