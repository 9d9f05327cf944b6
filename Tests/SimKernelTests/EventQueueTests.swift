import SimBase
import SimKernel
import Testing

@Suite struct EventQueueTests {
    private func drain(_ queue: inout EventQueue, upTo limit: Instant = .distantFuture) -> [Int32] {
        var subjects: [Int32] = []
        while let event = queue.popNext(upTo: limit) {
            subjects.append(event.subject)
        }
        return subjects
    }

    private func event(_ number: Int32) -> QueuedEvent {
        QueuedEvent(kind: .world, subject: number)
    }

    @Test func equalInstantsComeInOrderOfScheduling() {
        for time in [Int64(0), 5_000, 30_000_000, 7_000_000_000] {
            var queue = EventQueue()
            for number in 0..<20 as Range<Int32> {
                queue.schedule(at: Instant(nanoseconds: time), event(number))
            }
            let order = drain(&queue)
            #expect(order == Array(0..<20))
        }
    }

    @Test func instantsBeforeZeroComeFirst() {
        var queue = EventQueue()
        let times: [Int64] = [5, -5, 0, -20_000_000_000, -1, 4_095, -4_096, -4_097]
        for (number, time) in times.enumerated() {
            queue.schedule(at: Instant(nanoseconds: time), event(Int32(number)))
        }
        let order = drain(&queue)
        #expect(order == [3, 7, 6, 1, 4, 2, 0, 5])
    }

    @Test func nothingBeyondTheLimitIsPopped() {
        var queue = EventQueue()
        queue.schedule(at: Instant(nanoseconds: 1_000), event(0))
        queue.schedule(at: Instant(nanoseconds: 1_001), event(1))
        queue.schedule(at: Instant(nanoseconds: 9_000_000_000), event(2))
        let early = drain(&queue, upTo: Instant(nanoseconds: 1_000))
        let next = queue.timeOfNext()
        queue.schedule(at: Instant(nanoseconds: 1_000), event(3))
        let late = drain(&queue)
        #expect(early == [0])
        #expect(next == Instant(nanoseconds: 1_001))
        #expect(late == [3, 1, 2])
    }

    @Test func takenPlaceInTheOrderIsKept() {
        var queue = EventQueue()
        let place = queue.takeSequence()
        queue.schedule(at: Instant(nanoseconds: 10), event(1))
        queue.schedule(at: Instant(nanoseconds: 10), sequence: place, event(0))
        let order = drain(&queue)
        #expect(order == [0, 1])
    }

    @Test func earlierEventMayComeAfterTheWheelLookedAhead() {
        var queue = EventQueue()
        queue.schedule(at: .ms(500), event(0))
        let next = queue.timeOfNext()
        for number in 1..<6 as Range<Int32> {
            queue.schedule(at: .ms(Int64(number) * 90), event(number))
        }
        let order = drain(&queue)
        #expect(next == .ms(500))
        #expect(order == [1, 2, 3, 4, 5, 0])
    }

    /// Against sorting, with times in one bucket, in the wheel, at its edge and far beyond.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func orderEqualsThatOfASort(seed: UInt64) {
        var random = Random(seed: seed)
        var queue = EventQueue()
        var expected: [(time: Int64, number: Int32)] = []
        var popped: [Int32] = []
        var now: Int64 = -40_000_000
        var number: Int32 = 0
        let widths: [Int64] = [0, 3, 5_000, 16_777_215, 16_777_216, 90_000_000, 5_000_000_000]
        while number < 3_000 {
            if random.next(below: 5) < 3 {
                let width = widths[random.next(below: widths.count)]
                let time = now + random.next(from: 0, through: width)
                queue.schedule(at: Instant(nanoseconds: time), event(number))
                expected.append((time, number))
                number += 1
            } else if let event = queue.popNext(upTo: .distantFuture) {
                popped.append(event.subject)
                now = queue.now.nanoseconds
            }
        }
        popped += drain(&queue)
        // Every event is scheduled at or after the one popped last: one sort gives the order.
        let sorted = expected.sorted { ($0.time, $0.number) < ($1.time, $1.number) }.map(\.number)
        #expect(popped == sorted)
        #expect(MemoryLayout<QueuedEvent>.stride == 24)
        #expect(MemoryLayout<KernelEvent>.stride <= 32)
    }
}
