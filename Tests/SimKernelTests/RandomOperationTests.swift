import SimBase
import SimKernel
import Testing

/// Random lives, sends, partitions and pauses, checked against what TCP promises.
@Suite struct RandomOperationTests {
    /// What one direction of one connection has sent and seen arrive.
    private struct Flow {
        var sent: [Int32] = []
        var arrived: [Int32] = []
    }

    private struct Pair {
        let connection: ConnectionIndex
        var flows = [Flow(), Flow()]
        var hasEnded = false
    }

    private struct Run {
        let world: World
        var random: Random
        var pairs: [Pair] = []
        var blocks: [(Int, Int)] = []
        var shapes: [ShapeToken] = []
        var payload: Int32 = 0
        var accounted: Set<Int32> = []

        mutating func act() {
            let node = NodeIndex(random.next(below: 4))
            let other = NodeIndex(random.next(below: 4))
            switch random.next(below: 20) {
            case 0...1:
                let index = world.kernel.connect(from: node, to: other, port: 9)
                pairs.append(Pair(connection: index))
            case 2:
                world.kernel.block(from: node, to: other)
                blocks.append((Int(node.rawValue), Int(other.rawValue)))
            case 3...4:
                guard let last = blocks.popLast() else { return }
                world.unblock(last.0, last.1)
            case 5: world.kernel.pause(node)
            case 6...7: world.kernel.resume(node)
            case 8:
                if random.next(below: 4) == 0 { world.kernel.kill(node) }
            case 9:
                if random.next(below: 8) == 0 { world.kernel.crash(node, keep: .random) }
            case 10:
                guard !world.kernel.state(of: node).hasProcess else { return }
                world.kernel.start(node)
                world.kernel.listen(node, port: 9)
            case 11:
                let shape = LinkShape(latency: .milliseconds(3), lossPartsPerMillion: 200_000)
                shapes.append(world.kernel.shape(from: node, to: other, shape))
            case 12:
                guard let last = shapes.popLast() else { return }
                world.kernel.unshape(last)
            case 13:
                guard let pair = pairs.last, random.next(below: 4) == 0 else { return }
                world.kernel.close(pair.connection, by: .client)
            default:
                send()
            }
        }

        mutating func send() {
            guard !pairs.isEmpty else { return }
            let number = random.next(below: pairs.count)
            let side: ConnectionSide = random.next(below: 2) == 0 ? .client : .server
            let connection = pairs[number].connection
            if world.kernel.isOpen(connection, side: side) {
                pairs[number].flows[Int(side.rawValue)].sent.append(payload)
            }
            let bytes = random.next(below: 2_000)
            world.kernel.send(connection, from: side, bytes: bytes, payload: payload)
            payload += 1
        }

        mutating func run(until limit: Instant) {
            var last = world.kernel.now
            while let event = world.kernel.next(until: limit) {
                #expect(world.kernel.now >= last)
                last = world.kernel.now
                note(event)
            }
            for payload in world.discarded {
                let isNew = accounted.insert(payload).inserted
                #expect(isNew, "payload \(payload) was discarded after its end")
            }
        }

        mutating func note(_ event: KernelEvent) {
            if let node = event.node {
                #expect(world.kernel.state(of: node) == .running, "\(event) without a process")
            }
            switch event {
            case .delivered(_, let connection, let side, let payload):
                let isNew = accounted.insert(payload).inserted
                #expect(isNew, "payload \(payload) came twice")
                guard let number = pairs.firstIndex(where: { $0.connection == connection }) else {
                    return
                }
                pairs[number].flows[Int(side.opposite.rawValue)].arrived.append(payload)
            case .disconnected(_, let connection, _), .connectFailed(_, let connection):
                for number in pairs.indices where pairs[number].connection == connection {
                    pairs[number].hasEnded = true
                }
            default:
                break
            }
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func bytesKeepTheirOrderAndNoneIsLostOnAConnectionThatStands(seed: UInt64) {
        let network = NetworkConfiguration(
            latencyMin: .microseconds(50),
            latencyMax: .milliseconds(4)
        )
        var run = Run(world: World(4, network: network), random: Random(seed: seed))
        for _ in 0..<300 {
            run.act()
            let step = run.random.next(from: 0, through: 20_000_000)
            run.run(until: run.world.kernel.now + Interval(nanoseconds: step))
        }
        for (source, target) in run.blocks {
            run.world.unblock(source, target)
        }
        for token in run.shapes {
            run.world.kernel.unshape(token)
        }
        for node in 0..<4 {
            run.world.kernel.resume(NodeIndex(node))
        }
        run.run(until: .distantFuture)
        for pair in run.pairs {
            for side in [ConnectionSide.client, .server] {
                let flow = pair.flows[Int(side.rawValue)]
                #expect(flow.arrived == Array(flow.sent.prefix(flow.arrived.count)))
                let stands =
                    run.world.kernel.isOpen(pair.connection, side: .client)
                    && run.world.kernel.isOpen(pair.connection, side: .server)
                if stands {
                    #expect(!pair.hasEnded)
                    #expect(flow.arrived == flow.sent)
                }
            }
        }
        // Every payload has come to its end exactly once.
        #expect(run.accounted.count == Int(run.payload))
    }
}
