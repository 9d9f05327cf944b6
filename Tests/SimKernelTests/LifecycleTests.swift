import SimBase
import SimKernel
import Testing

@Suite struct LifecycleTests {
    @Test func pauseHoldsEverythingAndReleasesItInOrder() {
        let world = World()
        let connection = world.connect(0, 1)
        world.kernel.pause(.second)
        world.kernel.armTimer(.second, kind: 2, at: .ms(5))
        world.send(connection, 1)
        world.run(until: .ms(6))
        world.send(connection, 2)
        world.kernel.close(connection, by: .client)
        let silence = world.run(until: .ms(50))
        world.kernel.resume(.second)
        let lines = world.run()
        #expect(silence.isEmpty)
        #expect(
            lines == [
                "50ms delivered 1 to 1", "50ms timer 2 on 1", "50ms delivered 2 to 1",
                "50ms disconnected 1 server",
            ]
        )
    }

    @Test func whatFallsDueAtTheResumeComesBehindWhatWaited() {
        let world = World()
        let connection = world.connect(0, 1)
        world.kernel.pause(.second)
        world.send(connection, 1)
        world.run(until: .ms(9))
        world.send(connection, 2)
        world.kernel.schedule(at: .ms(10), payload: 99)
        _ = world.kernel.next(until: .ms(10))
        world.kernel.resume(.second)
        let lines = world.run()
        #expect(lines == ["10ms delivered 1 to 1", "10ms delivered 2 to 1"])
    }

    @Test func secondPauseStopsTheReleaseAgain() {
        let world = World()
        let connection = world.connect(0, 1)
        world.kernel.pause(.second)
        world.send(connection, 1)
        world.send(connection, 2)
        world.run(until: .ms(10))
        world.kernel.resume(.second)
        let first = world.kernel.next(until: .ms(10))
        world.kernel.pause(.second)
        let silence = world.run(until: .ms(20))
        world.kernel.resume(.second)
        let lines = world.run()
        #expect(
            first == .delivered(node: .second, connection: connection, side: .server, payload: 1)
        )
        #expect(silence.isEmpty)
        #expect(lines == ["20ms delivered 2 to 1"])
    }

    @Test func pausedServerAcceptsConnections() {
        let world = World()
        world.kernel.pause(.second)
        let connection = world.kernel.connect(from: .first, to: .second, port: 9)
        let connected = world.run(until: .ms(2))
        world.send(connection, 1)
        let silence = world.run(until: .ms(30))
        world.kernel.resume(.second)
        let lines = world.run()
        #expect(connected == ["2ms connected 0"])
        #expect(silence.isEmpty)
        #expect(lines == ["30ms delivered 1 to 1"])
    }

    @Test func killDuringAPauseDropsWhatWaited() {
        let world = World()
        let connection = world.connect(0, 1)
        world.kernel.pause(.second)
        world.send(connection, 1)
        world.run(until: .ms(10))
        world.kernel.kill(.second)
        world.kernel.start(.second)
        let lines = world.run()
        #expect(lines == ["11ms disconnected 0 client"])
        #expect(world.discarded == [1])
    }

    @Test func bootTakesPlaceBeforeZero() {
        let world = World(start: .ms(-20_000))
        let file = FileIndex(Int32(0))
        _ = world.kernel.connect(from: .first, to: .second, port: 9)
        world.kernel.armTimer(.second, kind: 0, at: .ms(-1))
        world.kernel.schedule(at: .zero, payload: 4)
        let isTaken = world.kernel.append(.first, file, FileChunk(SharedBytes([1])))
        let lines = world.run(until: .ms(9_999))
        let before = world.kernel.durableSize(.first, file)
        world.run(until: .ms(10_000))
        let after = world.kernel.durableSize(.first, file)
        #expect(lines == ["-19998ms connected 0", "-1ms timer 0 on 1", "0ms world 4"])
        #expect(isTaken)
        #expect([before, after] == [0, 1])
    }

    @Test func statesFollowTheNodesLife() {
        let world = World(1, started: false)
        var states: [NodeState] = []
        func note() { states.append(world.kernel.state(of: .first)) }
        note()
        world.kernel.start(.first)
        note()
        world.kernel.pause(.first)
        note()
        world.kernel.crash(.first, keep: .random)
        note()
        world.kernel.powerOn(.first)
        note()
        #expect(
            states == [
                .down(hostUp: true), .running, .paused, .down(hostUp: false), .down(hostUp: true),
            ]
        )
        #expect(world.kernel.incarnation(of: .first) == 2)
    }

    @Test func wallClocksJumpAndDrift() {
        let world = World()
        world.run(until: .ms(1_000))
        world.kernel.jumpClock(of: .first, by: .seconds(-300))
        world.kernel.driftClock(of: .first, partsPerMillion: 200)
        world.run(until: .ms(11_000))
        let fast = world.kernel.wallOffset(.first)
        world.kernel.driftClock(of: .first, partsPerMillion: 0)
        world.run(until: .ms(90_000))
        let steady = world.kernel.wallOffset(.first)
        let wall = world.kernel.wallTime(.second)
        #expect(fast == .seconds(-300) + .milliseconds(2))
        #expect(steady == fast)
        #expect(wall == .ms(90_000))
    }
}
