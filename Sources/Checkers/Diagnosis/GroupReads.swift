internal import KafkaProtocol
internal import SimBase

/// A group's deliveries, indexed once: by record, the first two; by partition, the first.
struct GroupReads {
    /// Numbers of ``Ledger/deliveries`` by record; -1 for none.
    private var firsts: [Int32]
    private var seconds: [Int32]
    private var firstOffsets: [(partition: TopicPartition, offset: Offset)] = []
    private let deliveries: [Ledger.Delivery]

    init(of group: Int, in ledger: Ledger) {
        deliveries = ledger.deliveries
        firsts = Array(repeating: -1, count: ledger.entries.count)
        seconds = firsts
        for (number, delivery) in deliveries.enumerated() where Int(delivery.group) == group {
            let record = Int(delivery.record.rawValue)
            if firsts[record] < 0 {
                firsts[record] = Int32(number)
            } else if seconds[record] < 0 {
                seconds[record] = Int32(number)
            }
            if !firstOffsets.contains(where: { $0.partition == delivery.partition }) {
                firstOffsets.append((delivery.partition, delivery.offset))
            }
        }
    }

    /// The first two times that a record was processed, if it was so twice.
    func repetition(of record: Int) -> (first: Ledger.Delivery, second: Ledger.Delivery)? {
        guard firsts[record] >= 0, seconds[record] >= 0 else { return nil }
        return (deliveries[Int(firsts[record])], deliveries[Int(seconds[record])])
    }

    /// The offset at which the group began to read a partition.
    func firstOffset(of partition: TopicPartition) -> Offset? {
        firstOffsets.first { $0.partition == partition }?.offset
    }
}
