import SimBase
import SimKernel
import Testing

@Suite struct ConnectionTests {
    @Test func connectTakesARoundTrip() {
        let world = World()
        _ = world.kernel.connect(from: .first, to: .second, port: 9)
        let lines = world.run()
        #expect(lines == ["2ms connected 0"])
    }

    @Test func deadProcessAndClosedPortRefuseAfterARoundTrip() {
        let world = World(3)
        world.kernel.kill(.second)
        _ = world.kernel.connect(from: .first, to: .second, port: 9)
        _ = world.kernel.connect(from: .first, to: .third, port: 8)
        let lines = world.run()
        #expect(lines == ["2ms failed 0", "2ms failed 0"])
    }

    @Test func hostWithoutPowerIsSilentUntilALaterSYN() {
        let world = World()
        world.kernel.crash(.second, keep: .synced)
        _ = world.kernel.connect(from: .first, to: .second, port: 9)
        let silence = world.run(until: .ms(2_000))
        world.kernel.start(.second)
        world.kernel.listen(.second, port: 9)
        let lines = world.run()
        #expect(silence.isEmpty)
        #expect(lines == ["3002ms connected 0"])
    }

    @Test func partitionedHostIsSilentUntilALaterSYN() {
        let world = World()
        world.block(1, 0)
        _ = world.kernel.connect(from: .first, to: .second, port: 9)
        world.run(until: .ms(4_000))
        world.unblock(1, 0)
        let lines = world.run()
        #expect(lines == ["7002ms connected 0"])
    }

    @Test func connectIsGivenUpAfterTheLastSYN() {
        let world = World()
        world.block(0, 1)
        _ = world.kernel.connect(from: .first, to: .second, port: 9)
        let lines = world.run()
        #expect(lines == ["127000ms failed 0"])
    }

    @Test func messagesArriveInOrderWhateverTheirLatency() {
        let wide = NetworkConfiguration(latencyMin: .microseconds(1), latencyMax: .milliseconds(50))
        let world = World(network: wide)
        let connection = world.kernel.connect(from: .first, to: .second, port: 9)
        world.run()
        for payload in 0..<100 as Range<Int32> {
            world.send(connection, payload)
            world.send(connection, 1_000 + payload, from: .server)
        }
        let lines = world.run()
        let order = lines.compactMap { $0.split(separator: " ").dropFirst(2).first }
        let toServer = order.compactMap { Int32($0) }.filter { $0 < 1_000 }
        let toClient = order.compactMap { Int32($0) }.filter { $0 >= 1_000 }
        #expect(toServer == Array(0..<100))
        #expect(toClient == Array(1_000..<1_100))
    }

    @Test func bandwidthIsSharedByTheConnectionsOfALink() {
        let world = World()
        let one = world.connect(0, 1)
        let other = world.connect(0, 1)
        // 1,250,000 bytes take one millisecond at 10 Gbit/s.
        world.kernel.send(one, from: .client, bytes: 1_250_000, payload: 1)
        world.kernel.send(other, from: .client, bytes: 2_500_000, payload: 2)
        let lines = world.run()
        #expect(lines == ["6ms delivered 1 to 1", "8ms delivered 2 to 1"])
        #expect(world.kernel.bytesSent == 3_750_000)
    }

    @Test func aNodeReachesItselfOverTheLoopback() {
        let world = World(1)
        let connection = world.kernel.connect(from: .first, to: .first, port: 9)
        world.run()
        world.send(connection, 5)
        let lines = world.run()
        #expect(lines == ["60us delivered 5 to 0"])
    }

    @Test func closeDeliversWhatWasSentBefore() {
        let world = World()
        let connection = world.connect(0, 1)
        world.send(connection, 1)
        world.kernel.close(connection, by: .client)
        world.send(connection, 2)
        world.send(connection, 3, from: .server)
        let lines = world.run()
        #expect(lines == ["3ms delivered 1 to 1", "3ms disconnected 1 server"])
        #expect(world.discarded.sorted() == [2, 3])
    }

    @Test func killDeliversWhatWasSentBefore() {
        let world = World()
        let connection = world.connect(0, 1)
        world.send(connection, 1)
        world.send(connection, 2, from: .server)
        world.kernel.kill(.second)
        let lines = world.run()
        #expect(lines == ["3ms delivered 2 to 0", "3ms disconnected 0 client"])
        #expect(world.discarded == [1])
    }

    @Test func endedConnectionsSlotIsReusedAndOldReferencesDoNothing() {
        let world = World()
        let old = world.connect(0, 1)
        world.kernel.close(old, by: .client)
        world.run()
        let new = world.connect(0, 1)
        world.send(old, 1)
        world.kernel.close(old, by: .server)
        world.send(new, 2)
        let lines = world.run()
        #expect(new.slot == old.slot)
        #expect(new.generation != old.generation)
        #expect(lines == ["6ms delivered 2 to 1"])
        #expect(world.discarded == [1])
    }

    @Test func halfOpenConnectionIsResetOnceTheHostIsBack() {
        let world = World()
        let connection = world.connect(0, 1)
        world.kernel.crash(.second, keep: .synced)
        world.send(connection, 1)
        // Arrives nowhere at 3 ms; sent again 200, 600, 1,400 ms later, and so on.
        let silence = world.run(until: .ms(1_000))
        world.kernel.start(.second)
        world.kernel.listen(.second, port: 9)
        let lines = world.run()
        #expect(silence.isEmpty)
        #expect(lines == ["1405ms disconnected 0 client"])
        #expect(world.discarded == [1])
    }

    @Test func halfOpenConnectionWithoutTrafficIsNeverNoticed() {
        let world = World()
        let connection = world.connect(0, 1)
        world.kernel.crash(.second, keep: .synced)
        world.kernel.start(.second)
        let lines = world.run()
        let isOpen = world.kernel.isOpen(connection, side: .client)
        #expect(lines.isEmpty)
        #expect(isOpen)
    }

    @Test func hostThatStaysOffIsGivenUpAfterFifteenMinutes() {
        let world = World()
        let connection = world.connect(0, 1)
        world.kernel.crash(.second, keep: .synced)
        world.send(connection, 1)
        let lines = world.run()
        #expect(lines == ["924603ms disconnected 0 client"])
    }
}
