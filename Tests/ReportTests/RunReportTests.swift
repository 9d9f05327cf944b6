import Checkers
import SimBase
import Testing

@testable import Report

@Suite struct RunReportTests {
    private var context: RunContext {
        RunContext(
            participants: [
                .init(name: "cluster", setup: "KRaft, 3 brokers, 3 controllers"),
                .init(name: "orders", setup: "3 partitions × 3 replicas, min.insync.replicas=1"),
                .init(name: "shop", setup: "30,000 records to orders at 1,000/s, acks=1"),
                .init(name: "billing", setup: "2 members on orders, commit after-processing"),
            ],
            wallNanoseconds: 311_000_000,
            record: "run 12 in reports/kafkasim.sqlite",
            explanation: "kafkasim explain 12 tells more",
            command: "kafkasim run scenarios/leader-kill.json --seed 7"
        )
    }

    @Test func show() {
        print(RunReport(SampleRun.losing, context: context, presentation: Presentation(width: 100, isColoured: true)).text())
        print(RunReport(SampleRun.losing, context: context, presentation: Presentation(width: 80)).text())
    }
}
