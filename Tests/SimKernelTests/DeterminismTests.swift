import SimBase
import SimKernel
import Testing

@Suite struct DeterminismTests {
    /// A run of messages to and fro on a network with dice.
    private func storm(seed: UInt64, events: Int, odd: Int? = nil) -> Digest {
        let network = NetworkConfiguration(
            latencyMin: .microseconds(100),
            latencyMax: .milliseconds(9)
        )
        let world = World(4, network: network, seed: seed)
        for client in 0..<4 {
            for server in 0..<4 where server != client {
                let from = NodeIndex(client)
                _ = world.kernel.connect(from: from, to: NodeIndex(server), port: 9)
            }
        }
        var count = 0
        while count < events, let event = world.kernel.next(until: .distantFuture) {
            count += 1
            world.kernel.record(event, content: count == odd ? 1 : 0)
            switch event {
            case .connected(_, let connection):
                world.send(connection, 1)
            case .delivered(_, let connection, let side, let payload):
                world.send(connection, payload + 1, from: side)
                world.send(connection, payload, from: side)
                if payload % 3 == 0 {
                    world.kernel.close(connection, by: side)
                }
            default:
                break
            }
            if count % 7 == 0 {
                let pair = (NodeIndex(count % 4), NodeIndex((count + 1) % 4))
                _ = world.kernel.connect(from: pair.0, to: pair.1, port: 9)
            }
        }
        return world.kernel.digest
    }

    @Test func sameSeedGivesTheSameDigestAndAnotherSeedAnother() {
        let first = storm(seed: 5, events: 3_000)
        let again = storm(seed: 5, events: 3_000)
        let other = storm(seed: 6, events: 3_000)
        #expect(first == again)
        #expect(first.text == again.text)
        #expect(first.text != other.text)
        #expect(first.count == 3_000)
        #expect(first.checkpoints.count == 3)
    }

    @Test(arguments: [(1, 0), (1_000, 0), (1_001, 1), (2_500, 2)])
    func checkpointNamesThePlaceOfADifference(event: Int, checkpoint: Int) {
        let plain = storm(seed: 5, events: 3_000)
        let odd = storm(seed: 5, events: 3_000, odd: event)
        #expect(plain.firstDifference(from: odd) == checkpoint)
        #expect(plain.firstDifference(from: plain) == nil)
        #expect(plain.text != odd.text)
    }

    @Test func digestTextIsPinned() {
        var digest = Digest()
        let empty = digest.text
        digest.mix(time: .ms(-3), node: .second, kind: 5, content: 0xfeed)
        #expect(empty.utf8.count == 32)
        #expect(digest.text == "92d0123ffdf54009e623cbb46f4c58c2")
    }

    @Test func everyFieldCounts() {
        func text(_ time: Int64, _ node: NodeIndex?, _ kind: UInt8, _ content: UInt64) -> String {
            var digest = Digest()
            digest.mix(time: .ms(time), node: node, kind: kind, content: content)
            return digest.text
        }
        let texts = [
            text(1, .first, 1, 1), text(2, .first, 1, 1), text(1, .second, 1, 1),
            text(1, nil, 1, 1), text(1, .first, 2, 1), text(1, .first, 1, 2),
        ]
        #expect(Set(texts).count == texts.count)
    }

    @Test func diskDiceDoNotMoveTheNetworks() {
        func arrivals(crashing: Bool) -> [String] {
            let network = NetworkConfiguration(
                latencyMin: .microseconds(1),
                latencyMax: .milliseconds(900)
            )
            let world = World(3, network: network)
            let connection = world.kernel.connect(from: .first, to: .second, port: 9)
            let chunk = FileChunk(SharedBytes([1, 2, 3, 4, 5, 6, 7, 8]))
            let isTaken = world.kernel.append(.third, FileIndex(Int32(0)), chunk)
            #expect(isTaken)
            if crashing {
                world.kernel.crash(.third, keep: .random)
            }
            var lines = world.run()
            for payload in 0..<20 as Range<Int32> {
                world.send(connection, payload)
                lines += world.run()
            }
            return lines
        }
        #expect(arrivals(crashing: true) == arrivals(crashing: false))
    }
}
