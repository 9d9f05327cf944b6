import Checkers

/// What the cluster went through, and what the applications felt of it.
extension RunReport {
    func addCluster(to page: inout Page) {
        let lines = [
            availability, ("latency", latency("ack", "ack.latency")),
            ("", latency("end to end", "end-to-end.latency")),
        ].filter { !$0.text.isEmpty }
        guard !lines.isEmpty else { return }
        page.heading("Cluster")
        for line in lines {
            page.add(label: Cell("  " + line.label, .faint), line.text, indent: 14)
        }
    }

    private var availability: (label: String, text: String) {
        var parts: [String] = []
        let elections = ["clean", "unclean", "preferred"].compactMap { kind in
            let number = count("elections.\(kind)")
            return number == 0 ? nil : "\(Figures.grouped(number)) \(kind)"
        }
        if !elections.isEmpty {
            parts.append("elections: " + elections.joined(separator: ", "))
        }
        let leaderless = count("leaderless.max.ms")
        if leaderless > 0 { parts.append("leaderless for up to \(Figures.grouped(leaderless)) ms") }
        let shrinks = count("isr.shrinks")
        let expands = count("isr.expands")
        if shrinks + expands > 0 {
            parts.append("ISR shrunk \(times(shrinks)), grew \(times(expands))")
        }
        let truncated = count("truncated.records")
        if truncated > 0 { parts.append("\(Figures.count(truncated, "record")) truncated") }
        let failovers = count("controller.failovers")
        if failovers > 0 { parts.append(Figures.count(failovers, "controller failover")) }
        return ("partitions", parts.joined(separator: " · "))
    }

    private func times(_ number: Int64) -> String {
        number == 1 ? "once" : number == 2 ? "twice" : "\(Figures.grouped(number)) times"
    }

    private func latency(_ name: String, _ prefix: String) -> String {
        guard let largest = result.metric("\(prefix).max.ms"), largest != .integer(0),
            largest != .thousandths(0)
        else { return "" }
        let values = ["p50", "p99", "max"].compactMap { percentile in
            result.metric("\(prefix).\(percentile).ms").map {
                "\(percentile) \(Figures.tenths($0))"
            }
        }
        return "\(name) \(values.joined(separator: ", ")) ms"
    }
}
