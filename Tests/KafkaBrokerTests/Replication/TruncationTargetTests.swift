import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct TruncationTargetTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The leader's answer.
        let answer: (epoch: Int32, end: Int64)
        /// The follower's own end for the answer's epoch.
        let local: (epoch: Int32, end: Int64)
        let expected: Int64
        let isComplete: Bool
        var ignoresEpoch = false
    }

    /// The follower fetches from 5; its log ends at 10.
    static let cases: [Case] = [
        Case(
            testDescription: "the leader knows nothing: stay at the fetch offset",
            answer: (-1, -1),
            local: (-1, -1),
            expected: 5,
            isComplete: true
        ),
        Case(
            testDescription: "an answer without epoch: its end",
            answer: (-1, 7),
            local: (-1, -1),
            expected: 7,
            isComplete: true
        ),
        Case(
            testDescription: "an answer without epoch beyond the log end",
            answer: (-1, 17),
            local: (-1, -1),
            expected: 10,
            isComplete: true
        ),
        Case(
            testDescription: "same epoch, the leader's is shorter",
            answer: (3, 6),
            local: (3, 8),
            expected: 6,
            isComplete: true
        ),
        Case(
            testDescription: "same epoch, the own is shorter",
            answer: (3, 9),
            local: (3, 8),
            expected: 8,
            isComplete: true
        ),
        Case(
            testDescription: "another epoch: cut to the own end and ask again",
            answer: (3, 9),
            local: (2, 4),
            expected: 4,
            isComplete: false
        ),
        Case(
            testDescription: "own epoch undefined: the leader's end",
            answer: (3, 9),
            local: (-1, -1),
            expected: 9,
            isComplete: true
        ),
        Case(
            testDescription: "before KIP-279 another epoch is not noticed",
            answer: (3, 9),
            local: (2, 4),
            expected: 9,
            isComplete: true,
            ignoresEpoch: true
        ),
    ]

    @Test(arguments: cases)
    func followsTheTable(_ item: Case) {
        let target = TruncationTarget.of(
            EpochEnd(epoch: LeaderEpoch(item.answer.epoch), endOffset: Offset(item.answer.end)),
            fetchOffset: Offset(5),
            logEnd: Offset(10),
            ignoresEpoch: item.ignoresEpoch,
            localEnd: { _ in
                EpochEnd(epoch: LeaderEpoch(item.local.epoch), endOffset: Offset(item.local.end))
            }
        )
        #expect(
            target
                == TruncationTarget(offset: Offset(item.expected), isComplete: item.isComplete)
        )
    }
}
