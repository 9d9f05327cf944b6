import Checkers
import Foundation
import SimBase
import Testing

/// What travels and what changes, line by line, in three small stories. They are read like a
/// protocol's documentation, and reviewed as a diff when a model changes.
///
/// `KAFKASIM_REWRITE_GOLDEN=1` writes them anew.
@Suite struct GoldenTests {
    @Test func oneProduce() throws {
        var play = Play()
        play.duration = "3s"
        play.producers = [
            #"{ "name": "shop", "topic": "orders", "sends": [{ "at": "1s" }], "#
                + #""config": { "acks": "all", "linger.ms": "0" } }"#
        ]
        try compare("produce", play, from: 1_000, to: 1_050) { row in
            row.node == "producer/shop" || row.text.hasPrefix("Produce")
                || row.text.contains("orders-0")
        }
    }

    @Test func oneLeaderChange() throws {
        var play = Play()
        play.duration = "20s"
        play.workload = #""rate": "1/s", "count": 15"#
        play.timeline = [#"{ "at": "2s", "kill": "leader(orders-0)", "for": "13s" }"#]
        try compare("leader-change", play, from: 2_000, to: 20_000) { row in
            row.kind == "state" && !row.text.contains("high watermark")
                && !row.text.contains("metadata") && !row.text.contains("__consumer_offsets")
                && !row.text.hasPrefix("appends") && !row.text.hasPrefix("copies")
        }
    }

    @Test func oneRebalance() throws {
        var play = Play()
        play.duration = "12s"
        play.partitions = "[[1, 2, 3], [2, 3, 1]]"
        play.workload = #""rate": "10/s", "count": 10"#
        play.consumers = [
            Play.group(start: "1s"), Play.group(start: "6s"),
        ]
        let words = ["JoinGroup", "SyncGroup", "FindCoordinator", "OffsetFetch"]
        try compare("rebalance", play, from: 1_000, to: 12_000) { row in
            words.contains { row.text.hasPrefix($0) }
                || row.kind == "state" && row.text.hasPrefix("group")
        }
    }

    /// Compares the rows of a window that `isTold` keeps with the file of that name.
    private func compare(
        _ name: String,
        _ play: Play,
        from: Int64,
        to: Int64,
        isTold: (TraceRow) -> Bool
    ) throws {
        var play = play
        play.traces = true
        let result = try play.run()
        #expect(result.violations == [])
        let kinds = ["state", "request", "response"]
        let rows = result.trace.filter { row in
            (from..<to).contains(row.at.milliseconds) && kinds.contains(row.kind) && isTold(row)
        }
        let text = rows.map(line).joined(separator: "\n") + "\n"
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("\(name).txt")
        if ProcessInfo.processInfo.environment["KAFKASIM_REWRITE_GOLDEN"] == "1" {
            try text.write(to: path, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: path, encoding: .utf8)
        let lines = text.split(separator: "\n")
        let wanted = golden.split(separator: "\n")
        let place = zip(lines, wanted).enumerated().first { $0.element.0 != $0.element.1 }
        #expect(
            text == golden,
            """
            line \((place?.offset ?? min(lines.count, wanted.count)) + 1) of \(name).txt is \
            \(place.map { String($0.element.0) } ?? "missing or too much")
            """
        )
    }

    /// `1.000123  broker-1  response  92 bytes`, with microseconds.
    private func line(_ row: TraceRow) -> String {
        let microseconds = row.at.nanoseconds / 1_000
        let fraction = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
        return "\(microseconds / 1_000_000).\(fraction)  \(row.node)  \(row.kind)  \(row.text)"
    }
}
