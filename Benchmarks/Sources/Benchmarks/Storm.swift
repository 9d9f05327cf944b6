import CxxQueues
import SimBase
import SimKernel

/// A message storm on the kernel's event queue alone; `queues.cpp` does the same work in C++.
struct Storm: ~Copyable {
    private var queue = EventQueue()
    private var random = Random(seed: 1)
    /// Memory of its own, as in C++: what is compared are the queues.
    private let states: UnsafeMutablePointer<UInt64>
    private let timers: UnsafeMutablePointer<StormTimer>
    private let nodes: UInt64

    init(nodes: Int) {
        self.nodes = UInt64(nodes)
        states = UnsafeMutablePointer<UInt64>.allocate(capacity: nodes)
        states.initialize(repeating: 0, count: nodes)
        timers = UnsafeMutablePointer<StormTimer>.allocate(capacity: nodes)
        timers.initialize(repeating: StormTimer(), count: nodes)
    }

    deinit {
        states.deallocate()
        timers.deallocate()
    }

    /// The checksum over the deliveries in order.
    mutating func run(inFlight: Int32, deliveries: Int, churn: Bool) -> UInt64 {
        // As in C++, time begins at zero.
        queue.schedule(at: .zero, QueuedEvent(kind: .world, subject: 0))
        _ = queue.popNext(upTo: .zero)
        for message in 0..<inFlight { send(message, random.next()) }
        var checksum: UInt64 = 0
        var left = deliveries
        while left > 0, let event = queue.popNext(upTo: .distantFuture) {
            if event.kind == .timer {
                timerDue(event)
                continue
            }
            left &-= 1
            let node = Int(event.subject)
            let now = UInt64(bitPattern: queue.now.nanoseconds)
            let state =
                (states[node] ^ now) &* 0x9e37_79b9_7f4a_7c15
                &+ UInt64(UInt32(bitPattern: event.payload))
            states[node] = state
            checksum = (checksum << 7 | checksum >> 57) ^ state
            let draw = random.next()
            send(event.payload, draw)
            if churn {
                let span = Interval(
                    nanoseconds: 150_000_000 &+ Int64(truncatingIfNeeded: draw % 150_000_001)
                )
                arm(node, at: queue.now + span)
            }
        }
        return checksum
    }

    private mutating func send(_ message: Int32, _ draw: UInt64) {
        let node = Int32(truncatingIfNeeded: ((draw >> 32) &* nodes) >> 32)
        let delay = 100_000 &+ Int64(truncatingIfNeeded: ((draw & 0xffff_ffff) &* 9_900_001) >> 32)
        let time = queue.now + Interval(nanoseconds: delay)
        queue.schedule(at: time, QueuedEvent(kind: .process, subject: node, payload: message))
    }

    private mutating func arm(_ node: Int, at deadline: Instant) {
        timers[node].deadline = deadline
        timers[node].sequence = queue.takeSequence()
        if !timers[node].isResident || deadline < timers[node].residentTime {
            timers[node].generation &+= 1
            makeResident(node)
        }
    }

    private mutating func timerDue(_ event: QueuedEvent) {
        let node = Int(event.subject)
        guard timers[node].generation == event.generation else { return }
        guard timers[node].sequence == timers[node].residentSequence else {
            return makeResident(node)
        }
        timers[node].isResident = false
    }

    private mutating func makeResident(_ node: Int) {
        let time = max(timers[node].deadline, queue.now)
        timers[node].isResident = true
        timers[node].residentTime = time
        timers[node].residentSequence = timers[node].sequence
        let event = QueuedEvent(
            kind: .timer,
            subject: Int32(node),
            generation: timers[node].generation
        )
        queue.schedule(at: time, sequence: timers[node].sequence, event)
    }
}

private struct StormTimer {
    var isResident = false
    var generation: UInt32 = 0
    var deadline = Instant.zero
    var residentTime = Instant.zero
    var sequence: UInt64 = 0
    var residentSequence: UInt64 = 0
}

/// A storm through the whole kernel: every message crosses a connection with latency and
/// bandwidth, enters the digest, and is answered by the state of its node.
struct KernelStorm: ~Copyable {
    private var kernel: Kernel
    private var random = Random(seed: 1)
    private var states: [UInt64]
    private var outgoing: [ConnectionIndex] = []
    private let nodes: Int

    init(nodes: Int) {
        self.nodes = nodes
        states = Array(repeating: 0, count: nodes)
        var network = NetworkConfiguration()
        network.latencyMin = .microseconds(100)
        network.latencyMax = .milliseconds(10)
        network.loopbackMin = .microseconds(100)
        network.loopbackMax = .milliseconds(10)
        let configuration = KernelConfiguration(
            nodes: (0..<nodes).map { NodeConfiguration(name: "node-\($0)") },
            network: network
        )
        kernel = Kernel(configuration, seed: Seed(1))
        for node in 0..<nodes {
            kernel.start(NodeIndex(node))
            kernel.listen(NodeIndex(node), port: 0)
        }
        for source in 0..<nodes {
            for target in 0..<nodes {
                outgoing.append(
                    kernel.connect(from: NodeIndex(source), to: NodeIndex(target), port: 0)
                )
            }
        }
        while kernel.next(until: .zero + .seconds(1)) != nil {}
    }

    mutating func run(inFlight: Int32, deliveries: Int, churn: Bool) -> String {
        for message in 0..<inFlight { send(message, from: Int(message) % nodes) }
        var left = deliveries
        while left > 0, let event = kernel.next(until: .distantFuture) {
            switch event {
            case .delivered(let node, _, _, let payload):
                left -= 1
                let state =
                    (states[node.position] ^ UInt64(bitPattern: kernel.now.nanoseconds))
                    &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(UInt32(bitPattern: payload))
                states[node.position] = state
                kernel.record(event, content: state)
                send(payload, from: node.position)
                if churn {
                    let span = Interval.milliseconds(150 + Int64(state % 150))
                    kernel.armTimer(node, kind: 0, at: kernel.now + span)
                }
            default:
                kernel.record(event, content: 0)
            }
        }
        return kernel.digest.text
    }

    private mutating func send(_ message: Int32, from node: Int) {
        let target = random.next(below: nodes)
        kernel.send(
            outgoing[node * nodes + target],
            from: .client,
            bytes: 200,
            payload: message
        )
    }
}

/// The storms as cases.
enum Storms {
    static let deliveries = 5_000_000

    static func run(_ report: inout Report) {
        report.heading(
            "Kernel storm",
            """
            \(Text.number(deliveries)) deliveries; each updates a node's state and schedules the \
            next one to a random node after 0.1 to 10 ms. Nanoseconds a delivery. The checksums \
            of the three queues are equal, so they did the same work in the same order.
            """
        )
        var rows: [[String]] = []
        let shapes: [(nodes: Int32, inFlight: Int32, churn: Bool)] = [
            (5, 1_000, false), (50, 1_000, false), (5, 1_000, true), (50, 1_000, true),
            (50, 100_000, false), (50, 1_000_000, false),
        ]
        for shape in shapes {
            var sums: Set<UInt64> = []
            let churn: Int32 = shape.churn ? 1 : 0
            let series = Measure.interleaved(
                rounds: report.rounds,
                [
                    {
                        var storm = Storm(nodes: Int(shape.nodes))
                        sums.insert(
                            storm.run(
                                inFlight: shape.inFlight,
                                deliveries: deliveries,
                                churn: shape.churn
                            )
                        )
                    },
                    {
                        let work = Int64(deliveries)
                        sums.insert(cxx_wheel_storm(shape.nodes, shape.inFlight, work, churn))
                    },
                    {
                        let work = Int64(deliveries)
                        sums.insert(cxx_heap_storm(shape.nodes, shape.inFlight, work, churn))
                    },
                ]
            ).map { $0.scaled(by: 1 / Double(deliveries)) }
            if sums.count != 1 { report.fail("storm checksums differ: \(sums)") }
            rows.append([
                "\(shape.nodes)", Text.number(Int(shape.inFlight)), shape.churn ? "re-armed" : "",
                series[0].text(digits: 1), series[1].text(digits: 1), series[2].text(digits: 1),
                Text.ratio(series[0].median, series[1].median),
                Text.ratio(series[0].median, series[2].median),
            ])
        }
        report.table(
            [
                "nodes", "in flight", "timer", "EventQueue", "C++ wheel", "C++ 4-ary heap",
                "to wheel", "to heap",
            ],
            rows
        )
        report.paragraph("With network layer, digest and node dispatch:")
        rows = []
        for (nodes, churn) in [(5, false), (50, false), (5, true), (50, true)] {
            let series = Measure.timed(rounds: report.rounds) {
                var storm = KernelStorm(nodes: nodes)
                return Measure.nanoseconds {
                    _ = storm.run(inFlight: 1_000, deliveries: deliveries, churn: churn)
                }
            }.scaled(by: 1 / Double(deliveries))
            rows.append([
                "\(nodes)", "1,000", churn ? "re-armed" : "", series.text(digits: 1),
            ])
        }
        report.table(["nodes", "in flight", "timer", "ns a delivered message"], rows)
    }
}
