import Checkers
import SimBase
import Testing

@testable import ResultStore

@Suite struct RoundTripTests {
    private let scratch: Scratch
    private let store: ResultStore

    init() throws {
        scratch = try Scratch()
        store = try ResultStore.open(path: scratch.path("runs.sqlite"))
    }

    @Test func everyRowComesBackAsItWas() throws {
        let run = StoredRun.make()
        let id = try store.record(run)
        let read = try store.run(id, .everything)
        #expect(read.scenario == run.scenario)
        #expect(read.description == run.description)
        #expect(read.file == run.file)
        #expect(read.seed == run.seed)
        #expect(read.kafkaVersion == run.kafkaVersion)
        #expect(read.duration == run.duration)
        #expect(read.digest == run.digest)
        #expect(read.digestChain == run.digestChain)
        #expect(read.events == run.events)
        #expect(read.end == run.end)
        #expect(read.guarantee == run.guarantee)
        #expect(read.metrics == run.metrics)
        #expect(read.expectations == run.expectations)
        #expect(read.findings == run.findings)
        #expect(read.actions == run.actions)
        #expect(read.timeline == run.timeline)
        #expect(read.settings == run.settings)
        #expect(read.violations == run.violations)
        #expect(read.records == run.records)
        #expect(read.appends == run.appends)
        #expect(read.endings == run.endings)
        #expect(read.deliveries == run.deliveries)
        #expect(read.leaderships == run.leaderships)
        #expect(read.memberships == run.memberships)
        #expect(read.samples == run.samples)
        #expect(read.trace == run.trace)
        #expect(read.exitStatus == 3)
    }

    @Test(arguments: [0, 1, 49, 50, 51, 100, 1_001])
    func anyNumberOfRowsIsStored(_ records: Int32) throws {
        let run = StoredRun.make(records: records)
        let read = try store.run(try store.record(run), .everything)
        #expect(read.records == run.records)
        #expect(read.appends == run.appends)
        #expect(read.endings == run.endings)
        #expect(read.deliveries == run.deliveries)
    }

    @Test(arguments: [0, 1, UInt64(Int64.max), UInt64(Int64.max) + 1, UInt64.max])
    func everySeedComesBack(_ seed: UInt64) throws {
        let id = try store.record(StoredRun.make(seed: seed, records: 1))
        #expect(try store.run(id).seed == seed)
        #expect(try store.runs().first?.seed == seed)
    }

    @Test func aVerdictLeavesTheManyRowsOut() throws {
        let id = try store.record(StoredRun.make())
        let read = try store.run(id)
        #expect(read.records.isEmpty && read.deliveries.isEmpty && read.samples.isEmpty)
        #expect(read.findings.count == 1)
    }

    @Test func oneRecordComesWithItsDeliveries() throws {
        let run = StoredRun.make()
        let id = try store.record(run)
        let read = try store.run(id, .record(3))
        #expect(read.records == [run.records[3]])
        #expect(read.deliveries == [run.deliveries[3]])
    }

    @Test func whatIsNotThereIsSaid() throws {
        let id = try store.record(StoredRun.make())
        #expect(throws: StoreError.noSuchRun(path: store.path, run: 99)) {
            try store.run(RunID(99))
        }
        #expect(
            throws: StoreError.noSuchRecord(path: store.path, run: 1, record: 5_000, records: 120)
        ) {
            try store.run(id, .record(5_000))
        }
    }

    @Test func runsAreListedLatestFirst() throws {
        #expect(try store.latestRun() == nil)
        for seed in 1...3 { _ = try store.record(StoredRun.make(seed: UInt64(seed), records: 9)) }
        let runs = try store.runs()
        #expect(runs.map(\.seed) == [3, 2, 1])
        #expect(runs.map(\.id) == [RunID(3), RunID(2), RunID(1)])
        #expect(runs[0].sent == 9 && runs[0].lostAcked == 1 && !runs[0].pass)
        #expect(try store.runs(limit: 1).map(\.seed) == [3])
        #expect(try store.latestRun() == RunID(3))
    }
}
