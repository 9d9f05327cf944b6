import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct TruncationTargetTests {
    @Test func undefinedEndKeepsTheFetchOffset() {
        let target = TruncationTarget.of(
            .undefined,
            fetchOffset: Offset(7),
            logEnd: Offset(9),
            ignoresEpoch: false,
            localEnd: { _ in .undefined }
        )
        #expect(target == TruncationTarget(offset: Offset(7), isComplete: true))
    }
}
