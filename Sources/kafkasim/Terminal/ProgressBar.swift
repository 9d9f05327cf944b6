#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A bar on the standard error, drawn only where that is a terminal.
struct ProgressBar {
    private let total: Int
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?
    private var done = 0
    private var failed = 0

    private static let width = 32

    init(total: Int) {
        self.total = total
        isShown = total > 1 && Output.isTerminal(2)
    }

    mutating func advance(passed: Bool) {
        done += 1
        if !passed { failed += 1 }
        guard isShown else { return }
        let now = ContinuousClock.now
        if let drawn, now - drawn < .milliseconds(80), done < total { return }
        drawn = now
        draw(elapsed: now - start)
    }

    /// Takes the bar away.
    func finish() {
        if isShown { Output.progress("\r\u{1B}[K") }
    }

    private func draw(elapsed: Duration) {
        let filled = ProgressBar.width * done / total
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "░", count: ProgressBar.width - filled)
        let failures = failed == 0 ? "" : ", \(failed) failed"
        let seconds = Int(elapsed.components.seconds)
        let left = done == 0 ? 0 : seconds * (total - done) / done
        Output.progress("\r\u{1B}[K\(bar) \(done)/\(total)\(failures), \(left) s left")
    }
}
