import KafkaProtocol
import Testing

@testable import SimCluster

@Suite struct DivergenceTests {
    /// `"0-4@0"`: offsets 0 to 4 of epoch 0; the letter after a slash tells contents apart.
    private func log(_ text: String) -> [RecordBatch] {
        text.split(separator: " ").map { word in
            let parts = word.split(separator: "/")
            let numbers = parts[0].split { $0 == "-" || $0 == "@" }.compactMap { Int64($0) }
            var builder = RecordBatchBuilder(capacity: 256)
            for _ in numbers[0]...numbers[1] {
                let fill = parts.count > 1 ? parts[1].utf8.first ?? 0 : 0
                builder.append(timestamp: 0, key: nil, value: [UInt8](repeating: fill, count: 20))
            }
            return RecordBatch(
                baseOffset: Offset(numbers[0]),
                partitionLeaderEpoch: LeaderEpoch(Int32(numbers[2])),
                body: builder.finish()
            )
        }
    }

    private static let cases: [([String], Int64)] = [
        (["0-4@0 5-9@0", "0-4@0 5-9@0"], 0),
        // A shorter log is not a different one.
        (["0-4@0 5-9@0", "0-4@0"], 0),
        (["0-4@0 5-9@0", ""], 0),
        // The same offsets, another epoch.
        (["0-4@0 5-9@0", "0-4@0 5-9@1"], 5),
        (["0-4@0 5-9@0/a", "0-4@0 5-9@0/b"], 5),
        // Batches that overlap.
        (["0-4@0 5-9@0", "0-4@0 5-6@1 7-9@1"], 5),
        // What retention took from one replica is not compared.
        (["5-9@0", "0-4@0/x 5-9@0"], 0),
        // Three logs: each offset counts once.
        (["0-4@0", "0-4@1", "0-4@2"], 5),
        (["0-4@0"], 0),
    ]

    @Test(arguments: cases)
    func countsOffsetsAtWhichLogsDiffer(texts: [String], expected: Int64) {
        #expect(Divergence.count(texts.map { log($0) }) == expected)
    }
}
