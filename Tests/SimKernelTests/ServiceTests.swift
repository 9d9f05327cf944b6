import SimBase
import SimKernel
import Testing

@Suite struct ServiceTests {
    /// Runs a server that hands each request to its workers at 10 ms, and releases the connection
    /// as soon as the request is served.
    private func serve(_ world: World, until limit: Instant = .distantFuture) -> [String] {
        var lines: [String] = []
        while let event = world.kernel.next(until: limit) {
            let time = world.kernel.now.milliseconds
            switch event {
            case .delivered(_, let connection, .server, let payload):
                world.kernel.enqueueService(connection, payload: payload, cost: .milliseconds(10))
            case .serviceCompleted(_, let connection, let payload):
                lines.append("\(time)ms served \(payload)")
                world.kernel.release(connection)
            case .disconnected(let node, _, _):
                lines.append("\(time)ms disconnected \(node.rawValue)")
            default:
                lines.append("\(time)ms \(event)")
            }
        }
        return lines
    }

    @Test func oneConnectionIsServedOneRequestAtATime() {
        let world = World(workers: 8)
        let connection = world.connect(0, 1)
        for payload in 1...3 as ClosedRange<Int32> {
            world.send(connection, payload)
        }
        let lines = serve(world)
        #expect(lines == ["13ms served 1", "23ms served 2", "33ms served 3"])
    }

    @Test func connectionStaysMutedUntilItIsReleased() {
        let world = World(workers: 8)
        let connection = world.connect(0, 1)
        world.send(connection, 1)
        world.send(connection, 2)
        world.run(until: .ms(3))
        world.kernel.enqueueService(connection, payload: 1, cost: .milliseconds(1))
        world.kernel.enqueueService(connection, payload: 2, cost: .milliseconds(1))
        let lines = world.run(until: .ms(50))
        let isMuted = world.kernel.isMuted(connection)
        world.kernel.release(connection)
        let later = world.run()
        #expect(lines == ["4ms served 1 on 1"])
        #expect(isMuted)
        #expect(later == ["51ms served 2 on 1"])
    }

    @Test(arguments: [(1, [13, 23, 33, 43]), (2, [13, 13, 23, 23]), (4, [13, 13, 13, 13])])
    func requestsWaitForAFreeWorker(workers: Int, times: [Int]) {
        let world = World(5, workers: workers)
        let connections = [1, 2, 3, 4].map { node in
            world.kernel.connect(from: NodeIndex(node), to: .first, port: 9)
        }
        world.run(until: .ms(2))
        for (number, connection) in connections.enumerated() {
            world.send(connection, Int32(number))
        }
        let lines = serve(world)
        #expect(lines == zip(times, 0...).map { "\($0)ms served \($1)" })
    }

    @Test func pauseStopsTheWorkers() {
        let world = World()
        let connection = world.connect(0, 1)
        world.send(connection, 1)
        world.send(connection, 2)
        let before = serve(world, until: .ms(9))
        world.kernel.pause(.second)
        let during = serve(world, until: .ms(109))
        world.kernel.resume(.second)
        let lines = serve(world)
        #expect(before.isEmpty)
        #expect(during.isEmpty)
        #expect(lines == ["113ms served 1", "123ms served 2"])
    }

    @Test func killDropsRequestsInServiceAndInTheBuffer() {
        let world = World()
        let connection = world.connect(0, 1)
        world.send(connection, 1)
        world.send(connection, 2)
        let before = serve(world, until: .ms(5))
        world.kernel.kill(.second)
        world.kernel.start(.second)
        let lines = serve(world)
        #expect(before.isEmpty)
        #expect(lines == ["6ms disconnected 0"])
        #expect(world.discarded.sorted() == [1, 2])
    }

    @Test func requestsSentBeforeTheClientClosedAreStillServed() {
        let world = World()
        let connection = world.connect(0, 1)
        world.send(connection, 1)
        world.send(connection, 2)
        world.kernel.close(connection, by: .client)
        let lines = serve(world)
        #expect(lines == ["13ms served 1", "23ms served 2", "23ms disconnected 1"])
    }

    @Test func responseToAClosedClientResetsAndDropsTheBuffer() {
        let world = World()
        let connection = world.connect(0, 1)
        world.send(connection, 1)
        world.send(connection, 2)
        world.kernel.close(connection, by: .client)
        for payload in 1...2 as ClosedRange<Int32> {
            _ = world.kernel.next(until: .ms(3))
            let cost = Interval.milliseconds(1)
            world.kernel.enqueueService(connection, payload: payload, cost: cost)
        }
        let served = world.run(until: .ms(4))
        world.send(connection, 11, from: .server)
        let lines = world.run()
        #expect(served == ["4ms served 1 on 1"])
        #expect(lines == ["6ms disconnected 1 server"])
        #expect(world.discarded.sorted() == [2, 11])
    }

    @Test func moreWorkersTakeWhatWaits() {
        let world = World(3)
        let connections = [1, 2].map { world.connect($0, 0) }
        for (number, connection) in connections.enumerated() {
            world.send(connection, Int32(number))
        }
        let before = serve(world, until: .ms(7))
        world.kernel.setWorkers(of: .first, to: 2)
        let lines = serve(world)
        #expect(before.isEmpty)
        #expect(lines == ["15ms served 0", "17ms served 1"])
    }
}
