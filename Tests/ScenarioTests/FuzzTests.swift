import SimBase
import Testing

@testable import Scenario

@Suite struct FuzzTests {
    /// Whatever is done to a document, it is read or refused with a reason.
    @Test(arguments: [ScenarioSource.Format.json, .yaml])
    func mutationsNeverCrash(_ format: ScenarioSource.Format) {
        var random = Random(seed: 42)
        let text = format == .json ? Build.leaderKill : StarterScenario.text()
        let original = Array(text.utf8)
        let fragments = [
            "{", "}", "[", "]", ",", ":", "\"", "null", "-1", "1e9", "\\u12", "$x", "leader(",
            "0.5ms",
            "99999999999999999999", "\n", "- ", "*", "&a", "#", "orders-9", "é", "\u{0}",
        ].map { Array($0.utf8) }
        for _ in 0..<400 {
            var bytes = original
            for _ in 0...random.next(below: 3) {
                let at = random.next(below: bytes.count)
                switch random.next(below: 4) {
                case 0: bytes.remove(at: at)
                case 1:
                    bytes.insert(contentsOf: fragments[random.next(below: fragments.count)], at: at)
                case 2:
                    let end = min(bytes.count, at + 1 + random.next(below: 20))
                    bytes.removeSubrange(at..<end)
                default:
                    let from = random.next(below: bytes.count)
                    bytes.swapAt(at, from)
                }
            }
            let mutated = String(decoding: bytes, as: UTF8.self)
            do throws(ScenarioError) {
                let source = try ScenarioSource(mutated, file: "f", format: format)
                #expect(try source.variants().count >= 1)
            } catch {
                #expect(!error.problems.isEmpty, "no reason for: \(mutated)")
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test func deepNestingIsRefused() {
        let text = String(repeating: "[", count: 100_000)
        #expect(Build.problems(text).first?.kind == .syntax)
    }
}
