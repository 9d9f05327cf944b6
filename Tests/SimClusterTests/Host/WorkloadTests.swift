import KafkaProtocol
import SimBase
import Testing

@testable import Scenario
@testable import SimCluster

@Suite struct WorkloadTests {
    private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    private func workload(
        _ rate: RateSpec,
        count: Int64? = nil,
        start: Int64 = 0,
        duration: Int64 = 1_000
    ) -> Workload {
        let stream = StreamSpec(rate: rate, count: count, start: at(start))
        return Workload(spec(.stream(stream)), duration: .milliseconds(duration))
    }

    private func spec(_ workload: WorkloadSpec) -> ProducerSpec {
        ProducerSpec(
            name: "shop",
            topic: TopicName(3),
            workload: workload,
            valueSize: .fixed(100),
            keys: .none,
            api: .async,
            onError: .ignore,
            config: ProducerConfig()
        )
    }

    /// The milliseconds at which records are taken by a thread that is never busy.
    private func schedule(_ workload: inout Workload) -> [Int64] {
        var times: [Int64] = []
        var now = Instant.zero
        while let due = workload.nextDue(at: now), times.count < 100 {
            now = max(now, due)
            guard workload.take(at: now) != nil else { break }
            times.append(now.milliseconds)
        }
        return times
    }

    @Test func aRateIsEven() {
        var three = workload(.perPeriod(records: 3, period: .milliseconds(100)), count: 5)
        #expect(schedule(&three) == [0, 33, 66, 100, 133])
    }

    @Test func aStreamWithoutACountEndsWithTheDuration() {
        var stream = workload(.perPeriod(records: 1, period: .milliseconds(300)), start: 50)
        #expect(schedule(&stream) == [50, 350, 650, 950])
    }

    /// Otherwise the timer for the next record would be armed for ever.
    @Test func whatIsLateAtTheEndIsNotDueAnyMore() {
        var stream = workload(.perPeriod(records: 1, period: .milliseconds(300)))
        #expect(stream.nextDue(at: at(999)) == at(0))
        #expect(stream.nextDue(at: at(1_000)) == nil)
        let late = stream.take(at: at(1_000))
        #expect(late?.valueSize == nil)
        let fast = workload(.asFastAsPossible, count: 3)
        #expect(fast.nextDue(at: at(999)) == at(0))
        #expect(fast.nextDue(at: at(1_000)) == nil)
    }

    @Test func timeSpentDeadMovesTheSchedule() {
        var stream = workload(.perPeriod(records: 1, period: .milliseconds(100)), count: 4)
        _ = stream.take(at: at(0))
        stream.stopped(at: at(50))
        stream.restarted(at: at(350))
        #expect(stream.nextDue(at: at(350)) == at(400))
    }

    @Test func anExtraSendTakesItsTurnFirst() {
        var stream = workload(.perPeriod(records: 1, period: .milliseconds(100)), count: 2)
        stream.begin(
            count: 2,
            every: .milliseconds(10),
            valueSize: .fixed(5_000),
            key: nil,
            partition: 4,
            timestamp: nil,
            at: at(0)
        )
        let extra = stream.take(at: at(0))
        #expect(extra?.valueSize == .fixed(5_000))
        #expect(extra?.partition == 4)
        let own = stream.take(at: at(0))
        #expect(own?.valueSize == .fixed(100))
        #expect(stream.nextDue(at: at(0)) == at(10))
        // A series is finished even when the stream's time is over.
        #expect(stream.nextDue(at: at(5_000)) == at(10))
    }
}

@Suite struct ValueFactoryTests {
    private func factory(_ keys: KeySpec = .none, seed: UInt64 = 1) -> ValueFactory {
        ValueFactory(keys: keys, random: Seed(seed).stream("workload"))
    }

    @Test(arguments: [16, 17, 100, 65_536, 200_000])
    func aValueHasItsSizeAndItsIdentity(size: Int) {
        var values = factory()
        let value = values.value(RecordID(4_711), size: .fixed(size), number: 1)
        #expect(value.count == size)
        #expect(RecordID(value, at: 0..<size) == RecordID(4_711))
    }

    @Test func sizesFollowTheirRule() {
        var values = factory()
        let every = (1...6).map {
            values.value(RecordID(0), size: .every(period: 3, size: 500, otherwise: 20), number: $0)
                .count
        }
        #expect(every == [20, 20, 500, 20, 20, 500])
        let uniform = (1...200).map {
            values.value(RecordID(0), size: .uniform(20, 29), number: $0).count
        }
        #expect(Set(uniform) == Set(20...29))
    }

    @Test func aValueCompressesAboutFourToOne() {
        var values = factory()
        let value = values.value(RecordID(1), size: .fixed(16_000), number: 1)
        // Of each sixteen bytes twelve are always the same.
        let model = Array(value[20..<32])
        var blocks = 0
        for start in stride(from: 16, to: value.count, by: 16) {
            let block = Array(value[start + 4..<start + 16])
            if block == model { blocks += 1 }
        }
        #expect(blocks == value.count / 16 - 1)
    }

    @Test func keysFollowTheirRule() {
        func keys(_ spec: KeySpec, _ count: Int) -> [String?] {
            var values = factory(spec)
            var keys: [String?] = []
            for _ in 0..<count {
                keys.append(values.key(spec).map { String(decoding: $0, as: UTF8.self) })
            }
            return keys
        }
        #expect(keys(.none, 2) == [nil, nil])
        #expect(keys(.sequence, 3) == ["key-0", "key-1", "key-2"])
        #expect(keys(.list(["a", "b"]), 3) == ["a", "b", "a"])
        #expect(Set(keys(.uniform(cardinality: 5), 200)).count == 5)
        let zipf = keys(.zipf(cardinality: 10), 2_000)
        let first = zipf.filter { $0 == "key-0" }.count
        let last = zipf.filter { $0 == "key-9" }.count
        #expect(first > 4 * last)
    }

    @Test func theSameStreamMakesTheSameValues() {
        var one = factory()
        var other = factory()
        var third = factory(seed: 2)
        let size = ValueSizeSpec.uniform(20, 400)
        let value = one.value(RecordID(1), size: size, number: 1)
        let same = other.value(RecordID(1), size: size, number: 1)
        let different = third.value(RecordID(1), size: size, number: 1)
        #expect(same == value)
        #expect(different != value)
    }
}
