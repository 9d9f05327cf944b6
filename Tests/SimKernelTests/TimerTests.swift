import SimBase
import SimKernel
import Testing

@Suite struct TimerTests {
    @Test func timerFiresOnceAtItsDeadline() {
        let world = World()
        world.kernel.armTimer(.first, kind: 3, at: .ms(5))
        let deadline = world.kernel.deadline(ofTimer: 3, of: .first)
        let lines = world.run()
        let after = world.kernel.deadline(ofTimer: 3, of: .first)
        #expect(lines == ["5ms timer 3 on 0"])
        #expect(deadline == .ms(5))
        #expect(after == nil)
    }

    @Test func laterDeadlineReplacesTheEarlierWithoutANewEntry() {
        let world = World()
        for time in 1...50 as ClosedRange<Int64> {
            world.kernel.armTimer(.first, kind: 0, at: .ms(time))
        }
        let entries = world.kernel.waitingEvents
        let lines = world.run()
        #expect(entries == 1)
        #expect(lines == ["50ms timer 0 on 0"])
    }

    @Test func deferredRearmKeepsTheOrderOfARealOne() {
        let world = World()
        world.kernel.armTimer(.first, kind: 0, at: .ms(1))
        world.kernel.schedule(at: .ms(5), payload: 1)
        world.kernel.armTimer(.first, kind: 0, at: .ms(5))
        world.kernel.schedule(at: .ms(5), payload: 2)
        let lines = world.run()
        #expect(lines == ["5ms world 1", "5ms timer 0 on 0", "5ms world 2"])
    }

    @Test func rearmForTheSameInstantGoesBehindWhatCameBetween() {
        let world = World()
        world.kernel.armTimer(.first, kind: 0, at: .ms(5))
        world.kernel.schedule(at: .ms(5), payload: 1)
        world.kernel.armTimer(.first, kind: 0, at: .ms(5))
        let lines = world.run()
        #expect(lines == ["5ms world 1", "5ms timer 0 on 0"])
    }

    @Test func earlierDeadlineTakesEffectAndTheOldEntryIsDead() {
        let world = World()
        world.kernel.armTimer(.first, kind: 0, at: .ms(9))
        world.kernel.armTimer(.first, kind: 0, at: .ms(2))
        let early = world.run(until: .ms(2))
        world.kernel.armTimer(.first, kind: 0, at: .ms(20))
        let late = world.run()
        #expect(early == ["2ms timer 0 on 0"])
        #expect(late == ["20ms timer 0 on 0"])
    }

    @Test func cancelledTimerStaysSilentUntilArmedAgain() {
        let world = World()
        world.kernel.armTimer(.first, kind: 0, at: .ms(3))
        world.kernel.cancelTimer(.first, kind: 0)
        let silent = world.run(until: .ms(2))
        world.kernel.armTimer(.first, kind: 0, at: .ms(4))
        let lines = world.run()
        #expect(silent.isEmpty)
        #expect(lines == ["4ms timer 0 on 0"])
    }

    @Test func deadlineGoneByFiresNow() {
        let world = World()
        world.run(until: .ms(7))
        world.kernel.armTimer(.first, kind: 0, at: .ms(3))
        let lines = world.run()
        #expect(lines == ["7ms timer 0 on 0"])
    }

    @Test func killDropsTimersAndANewProcessHasItsOwn() {
        let world = World()
        world.kernel.armTimer(.first, kind: 0, at: .ms(3))
        world.kernel.armTimer(.first, kind: 1, at: .ms(4))
        world.kernel.schedule(at: .ms(4), for: .first, payload: 77)
        world.kernel.kill(.first)
        world.kernel.start(.first)
        world.kernel.armTimer(.first, kind: 1, at: .ms(6))
        let lines = world.run()
        #expect(lines == ["6ms timer 1 on 0"])
        #expect(world.discarded == [77])
    }

    @Test func timerMovedWhileItWaitsForAResumeFiresAtItsNewDeadline() {
        let world = World()
        world.kernel.schedule(at: .ms(2), for: .first, payload: 1)
        world.kernel.armTimer(.first, kind: 0, at: .ms(3))
        world.kernel.pause(.first)
        world.run(until: .ms(10))
        world.kernel.resume(.first)
        let first = world.kernel.next(until: .ms(10))
        world.kernel.armTimer(.first, kind: 0, at: .ms(30))
        let lines = world.run()
        #expect(first == .process(node: .first, payload: 1, token: 0))
        #expect(lines == ["30ms timer 0 on 0"])
    }

    /// Against timers that are scheduled anew at each arming.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func orderEqualsThatOfRealRearms(seed: UInt64) {
        var random = Random(seed: seed)
        let world = World(1)
        var entries: [(time: Int64, order: Int, kind: UInt8)] = []
        var expected: [String] = []
        for order in 0..<400 {
            let now = world.kernel.now.milliseconds
            let kind = UInt8(random.next(below: 4))
            switch random.next(below: 4) {
            case 0:
                let limit = now + Int64(random.next(below: 6))
                let due = entries.filter { $0.time <= limit }
                    .sorted { ($0.time, $0.order) < ($1.time, $1.order) }
                expected = due.map { "\($0.time)ms timer \($0.kind) on 0" }
                entries.removeAll { $0.time <= limit }
                let lines = world.run(until: .ms(limit))
                #expect(lines == expected)
            case 1:
                entries.removeAll { $0.kind == kind }
                world.kernel.cancelTimer(.first, kind: kind)
            default:
                let time = now + Int64(random.next(below: 8))
                entries.removeAll { $0.kind == kind }
                entries.append((time, order, kind))
                world.kernel.armTimer(.first, kind: kind, at: .ms(time))
            }
        }
    }
}
