import Checkers
import CxxQueues
import KafkaProtocol
import Scenario
import SimBase
import SimCluster
import SimKernel

/// Counts that don't jitter, compared with those that are committed. No second counts here.
enum Quick {
    /// What may grow: an upper bound. Everything else must be equal.
    private static let bounds = "mallocs"

    static func run(budget path: String, update: Bool) throws(ScenarioError) -> Bool {
        let counts = try counts()
        if update {
            return Files.write(json(counts), to: path)
        }
        let budget = parse(Files.read(path))
        var isGood = true
        for (name, value) in counts {
            guard let allowed = budget.first(where: { $0.0 == name })?.1 else {
                print("not in \(path): \(name) = \(value)")
                isGood = false
                continue
            }
            let isBound = name.contains(bounds)
            let fits = isBound ? (Int64(value) ?? .max) <= (Int64(allowed) ?? 0) : value == allowed
            print(
                "\(fits ? "ok    " : "FAILED") \(name): \(value), \(isBound ? "at most " : "")\(allowed)"
            )
            isGood = isGood && fits
        }
        return isGood
    }

    private static func counts() throws(ScenarioError) -> [(String, String)] {
        var counts: [(String, String)] = []
        for (nodes, inFlight, churn) in [
            (5, 1_000, false), (50, 1_000, true), (50, 100_000, false),
        ] {
            var storm = Storm(nodes: nodes)
            let name = "storm \(nodes) nodes, \(inFlight) in flight\(churn ? ", timers" : "")"
            let own = storm.run(inFlight: Int32(inFlight), deliveries: 1_000_000, churn: churn)
            let wheel = cxx_wheel_storm(Int32(nodes), Int32(inFlight), 1_000_000, churn ? 1 : 0)
            let heap = cxx_heap_storm(Int32(nodes), Int32(inFlight), 1_000_000, churn ? 1 : 0)
            let isSame = own == wheel && own == heap
            counts.append((name, isSame ? String(own, radix: 16) : "\(own), \(wheel), \(heap)"))
        }
        var storm = KernelStorm(nodes: 5)
        counts.append(
            (
                "kernel storm digest", storm.run(inFlight: 1_000, deliveries: 500_000, churn: true)
            )
        )
        counts.append(("batch checksum", String(Records.batch().crc, radix: 16)))
        for batch in [1, 10, 100] {
            let small = try Scenarios.load(FullStack.scenario(records: 2_000, batch: batch))
            let large = try Scenarios.load(FullStack.scenario(records: 8_000, batch: batch))
            _ = Scenarios.run(small)
            let (first, second) = (Scenarios.run(small), Scenarios.run(large))
            counts.append(("steady/\(batch) events", "\(second.result.events)"))
            counts.append(("steady/\(batch) digest", second.result.digest))
            let mallocs = (second.mallocs - first.mallocs) * 1_000 / (second.events - first.events)
            counts.append(
                (
                    "steady/\(batch) mallocs a thousand events", "\(Int64(mallocs.rounded(.up)))"
                )
            )
        }
        let small = Scenarios.run(try Scenarios.load(path: WholeProcess.small))
        counts.append(("small.json events", "\(small.result.events)"))
        counts.append(("small.json digest", small.result.digest))
        let kill = Scenarios.run(try Scenarios.load(path: "../scenarios/leader-kill.json"))
        counts.append(("leader-kill.json events", "\(kill.result.events)"))
        counts.append(("leader-kill.json digest", kill.result.digest))
        return counts
    }

    private static func json(_ counts: [(String, String)]) -> String {
        let lines = counts.map { "  \"\($0.0)\": \"\($0.1)\"" }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    /// Reads what ``json(_:)`` writes: an object of texts, one a line.
    private static func parse(_ text: String) -> [(String, String)] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\"")
            return parts.count >= 4 ? (String(parts[1]), String(parts[3])) : nil
        }
    }
}
