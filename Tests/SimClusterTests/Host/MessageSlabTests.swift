import KafkaProtocol
import SimBase
import Testing

@testable import SimCluster

@Suite struct MessageSlabTests {
    private func fetch(_ partitions: Int) -> Request {
        let item = FetchPartition(
            partition: TopicPartition(TopicName(3), 0),
            topicID: TopicID(1),
            currentLeaderEpoch: .none,
            fetchOffset: .zero,
            maxBytes: 1
        )
        return .fetch(
            FetchRequest(
                replica: .none,
                maxWait: .zero,
                minBytes: 1,
                maxBytes: 1,
                partitions: Array(repeating: item, count: partitions)
            )
        )
    }

    @Test func messagesLeaveAsTheyCameAndTheirPlacesAreUsedAgain() {
        var slab = MessageSlab()
        // More than there is room for at first.
        let numbers = (0..<200).map { index in
            index.isMultiple(of: 2)
                ? slab.store(fetch(index), CorrelationID(Int32(index)), bytes: index)
                : slab.store(.status(.none), CorrelationID(Int32(index)), bytes: index)
        }
        for (index, number) in numbers.enumerated() {
            #expect(slab.notes[Int(number)].correlation == CorrelationID(Int32(index)))
            if index.isMultiple(of: 2) {
                #expect(slab.notes[Int(number)].load.partitions == Int64(index))
                let request = slab.takeRequest(number)
                #expect(request == fetch(index))
            } else {
                let response = slab.takeResponse(number)
                #expect(response == .status(.none))
            }
        }
        let again = slab.store(.apiVersions, CorrelationID(0), bytes: 1)
        #expect(numbers.contains(again))
        slab.discard(again)
        let third = slab.store(.apiVersions, CorrelationID(0), bytes: 1)
        #expect(third == again)
    }

    @Test func theDigestTellsMessagesApart() {
        var slab = MessageSlab()
        let one = slab.store(.status(.none), CorrelationID(1), bytes: 10)
        let two = slab.store(.status(.none), CorrelationID(2), bytes: 10)
        let three = slab.store(.status(.none), CorrelationID(1), bytes: 11)
        let words = [one, two, three].map { slab.notes[Int($0)].digestWord }
        #expect(Set(words).count == 3)
    }
}
