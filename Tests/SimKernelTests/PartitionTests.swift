import SimBase
import SimKernel
import Testing

@Suite struct PartitionTests {
    /// After a heal at the given time, when do the bytes arrive that were first sent at 2 ms?
    @Test(
        arguments: [
            (50, 203), (202, 603), (601, 603), (1_000, 1_403), (100_000, 102_203),
            (600_000, 684_603),
        ] as [(Int64, Int64)]
    )
    func bytesArriveAtTheNextRetransmissionAfterAHeal(heal: Int64, arrival: Int64) {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(0, 1)
        world.send(connection, 1)
        world.send(connection, 2)
        let silence = world.run(until: .ms(heal))
        world.unblock(0, 1)
        world.send(connection, 3)
        let lines = world.run()
        #expect(silence.isEmpty)
        #expect(lines == [1, 2, 3].map { "\(arrival)ms delivered \($0) to 1" })
    }

    @Test func overlappingPartitionsHealOneByOne() {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(0, 1)
        world.block(0, 1)
        world.send(connection, 1)
        world.run(until: .ms(100))
        world.unblock(0, 1)
        let silence = world.run(until: .ms(300))
        world.unblock(0, 1)
        let lines = world.run()
        #expect(silence.isEmpty)
        #expect(lines == ["603ms delivered 1 to 1"])
    }

    @Test func oneWayPartitionLetsTheOpenDirectionThrough() {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(1, 0)
        world.send(connection, 1)
        world.send(connection, 2, from: .server)
        let lines = world.run(until: .ms(100))
        #expect(lines == ["3ms delivered 1 to 1"])
    }

    @Test func bytesThatAreNeverAcknowledgedEndInAReset() {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(1, 0)
        world.send(connection, 1)
        let lines = world.run()
        #expect(lines == ["3ms delivered 1 to 1", "924602ms disconnected 0 client"])
    }

    @Test func acknowledgementsThatComeAfterAHealPreventTheReset() {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(1, 0)
        world.send(connection, 1)
        world.run(until: .ms(5_000))
        world.unblock(1, 0)
        world.block(1, 0)
        let lines = world.run()
        #expect(lines.isEmpty)
        #expect(world.kernel.isBlocked(from: .second, to: .first) == true)
    }

    @Test func blockedSenderIsResetAfterFifteenRetransmissions() {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(0, 1)
        world.send(connection, 1)
        let lines = world.run()
        #expect(lines == ["924602ms disconnected 0 client"])
        #expect(world.discarded == [1])
    }

    @Test func whatAClosedSocketHoldsArrivesAfterATimelyHeal() {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(0, 1)
        world.send(connection, 1)
        world.kernel.kill(.first)
        world.run(until: .ms(20_000))
        world.unblock(0, 1)
        let lines = world.run()
        #expect(lines == ["25403ms delivered 1 to 1", "25403ms disconnected 1 server"])
    }

    @Test func whatAClosedSocketHoldsIsDroppedAfterAHundredSeconds() {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(0, 1)
        world.send(connection, 1)
        world.kernel.kill(.first)
        world.run(until: .ms(110_000))
        let dropped = world.discarded
        world.unblock(0, 1)
        let silence = world.run()
        world.send(connection, 2, from: .server)
        let lines = world.run()
        #expect(dropped == [1])
        #expect(silence.isEmpty)
        // The peer is half-open until it sends: the host knows nothing of the connection.
        #expect(lines == ["110002ms disconnected 1 server"])
    }

    @Test func powerLossDropsWhatTheSocketHeld() {
        let world = World()
        let connection = world.connect(0, 1)
        world.block(0, 1)
        world.send(connection, 1)
        world.kernel.crash(.first, keep: .synced)
        world.unblock(0, 1)
        let lines = world.run()
        #expect(lines.isEmpty)
        #expect(world.discarded == [1])
    }
}

@Suite struct LinkShapeTests {
    @Test func latencyHoldsForTaggedMessagesOnly() {
        let world = World()
        let connection = world.connect(0, 1)
        let other = world.connect(0, 1)
        let shape = LinkShape(latency: .milliseconds(100), latencyTags: 1 << 5)
        let token = world.kernel.shape(from: .first, to: .second, shape)
        world.kernel.send(connection, from: .client, bytes: 0, tag: 5, payload: 1)
        world.kernel.send(other, from: .client, bytes: 0, tag: 4, payload: 2)
        let lines = world.run(until: .ms(200))
        world.kernel.unshape(token)
        world.kernel.send(connection, from: .client, bytes: 0, tag: 5, payload: 3)
        let later = world.run()
        #expect(lines == ["5ms delivered 2 to 1", "105ms delivered 1 to 1"])
        #expect(later == ["201ms delivered 3 to 1"])
    }

    @Test func whatASelectiveDelayHoldsDiesWithItsSender() {
        let world = World()
        let connection = world.connect(0, 1)
        let shape = LinkShape(latency: .milliseconds(100), latencyTags: 1 << 5)
        _ = world.kernel.shape(from: .first, to: .second, shape)
        world.kernel.send(connection, from: .client, bytes: 0, tag: 4, payload: 1)
        world.kernel.send(connection, from: .client, bytes: 0, tag: 5, payload: 2)
        // Behind the held one: a connection keeps its order.
        world.kernel.send(connection, from: .client, bytes: 0, tag: 4, payload: 3)
        let before = world.run(until: .ms(50))
        world.kernel.kill(.first)
        let after = world.run()
        #expect(before == ["3ms delivered 1 to 1"])
        #expect(after == ["51ms disconnected 1 server"])
        #expect(world.discarded == [2, 3])
    }

    @Test func undoingOneShapeLeavesTheOther() {
        let world = World()
        let connection = world.connect(0, 1)
        let ten = LinkShape(latency: .milliseconds(10))
        let first = world.kernel.shape(from: .first, to: .second, ten)
        let second = world.kernel.shape(from: .first, to: .second, ten)
        world.kernel.unshape(first)
        world.kernel.unshape(first)
        world.send(connection, 1)
        let lines = world.run()
        world.kernel.unshape(second)
        world.send(connection, 2)
        let later = world.run()
        #expect(lines == ["13ms delivered 1 to 1"])
        #expect(later == ["14ms delivered 2 to 1"])
    }

    @Test func bandwidthDelaysBytes() {
        let world = World()
        let connection = world.connect(0, 1)
        let shape = LinkShape(bandwidth: 8_000_000)
        let token = world.kernel.shape(from: .first, to: .second, shape)
        world.kernel.send(connection, from: .client, bytes: 1_000_000, payload: 1)
        let lines = world.run()
        world.kernel.unshape(token)
        world.kernel.send(connection, from: .client, bytes: 1_250_000, payload: 2)
        let later = world.run()
        #expect(lines == ["1003ms delivered 1 to 1"])
        #expect(later == ["1005ms delivered 2 to 1"])
    }

    @Test func lossShowsAsDelayNeverAsAGap() {
        let world = World()
        let connection = world.connect(0, 1)
        let shape = LinkShape(lossPartsPerMillion: 300_000)
        _ = world.kernel.shape(from: .first, to: .second, shape)
        var arrived: [Int32] = []
        var late = 0
        func note(_ event: KernelEvent) {
            guard case .delivered(_, _, _, let payload) = event else { return }
            arrived.append(payload)
            late += world.kernel.now > .ms(3 + Int64(payload) * 100) ? 1 : 0
        }
        for payload in 0..<200 as Range<Int32> {
            while let event = world.kernel.next(until: .ms(2 + Int64(payload) * 100)) {
                note(event)
            }
            world.send(connection, payload)
        }
        while let event = world.kernel.next(until: .distantFuture) {
            note(event)
        }
        #expect(arrived == Array(0..<200))
        // About three in ten are lost and some wait behind them.
        #expect((60...160).contains(late))
    }

    @Test func totalLossEndsInAReset() {
        let world = World()
        let connection = world.connect(0, 1)
        let shape = LinkShape(lossPartsPerMillion: 1_000_000)
        _ = world.kernel.shape(from: .first, to: .second, shape)
        world.send(connection, 1)
        let lines = world.run()
        #expect(lines == ["924602ms disconnected 0 client"])
    }
}
