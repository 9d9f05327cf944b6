import KafkaBroker
import KafkaController
import KafkaProtocol
import SimBase

/// A client in a test's hands: requests that go straight to a broker.
extension MiniCluster {
    static let topic = TopicPartition(TopicName(3), 0)

    /// Hands a request to a broker and gives it a number.
    func request(_ request: Request, of id: Int32) -> Int32 {
        nextRequest += 1
        let handle = RequestHandle(
            connection: nextRequest,
            generation: 0,
            correlation: CorrelationID(0)
        )
        self.handle(.requestReceived(handle, request), BrokerID(id))
        return nextRequest
    }

    /// Hands over a request and runs until it is answered.
    func ask(_ request: Request, of id: Int32, within limit: Interval = .seconds(60))
        -> Response?
    {
        let number = self.request(request, of: id)
        run(until: now + limit) { $0.answers[number] != nil }
        return answers[number]
    }

    func boot(within limit: Interval = .seconds(60)) -> Bool {
        startAll()
        return run(until: now + limit) { $0.isRunning }
    }

    var isRunning: Bool {
        order.allSatisfy { id in
            guard let node = nodes[id], node.roles.contains(.broker) else { return true }
            return node.server?.state == .running
        }
    }

    func createTopic(
        partitions: Int32 = 1,
        replicationFactor: Int16 = 3,
        assignment: [[Int32]]? = nil,
        configs: [(String, String)] = [],
        at id: Int32 = 1
    ) -> ErrorCode? {
        let request = CreateTopicRequest(
            name: MiniCluster.topic.topic,
            partitions: assignment == nil ? partitions : -1,
            replicationFactor: assignment == nil ? replicationFactor : -1,
            assignment: assignment.map { $0.map { $0.map { BrokerID($0) } } },
            configs: configs.map { ConfigEntry(name: $0.0, value: $0.1) },
            timeout: .seconds(30)
        )
        guard case .createTopics(let errors)? = ask(.createTopics([request]), of: id) else {
            return nil
        }
        return errors.first
    }

    static func batch(_ values: [UInt8]) -> RecordBatch {
        var builder = RecordBatchBuilder(capacity: 256)
        for value in values {
            builder.append(timestamp: WallClock.epochMilliseconds, key: nil, value: [value])
        }
        return RecordBatch(
            baseOffset: .zero,
            partitionLeaderEpoch: .none,
            body: builder.finish()
        )
    }

    static func produce(
        _ values: [UInt8],
        acks: Acks = .all,
        timeout: Interval = .seconds(30),
        to partition: TopicPartition = MiniCluster.topic
    ) -> Request {
        .produce(
            ProduceRequest(
                acks: acks,
                timeout: timeout,
                partitions: [ProducePartition(partition: partition, batch: batch(values))]
            )
        )
    }

    /// Produces and waits for the answer.
    func send(_ values: [UInt8], acks: Acks = .all, to id: Int32)
        -> ProducePartitionResponse?
    {
        guard case .produce(let response)? = ask(MiniCluster.produce(values, acks: acks), of: id)
        else { return nil }
        return response.partitions.first
    }

    func view(_ id: Int32) -> KafkaServer.ReplicaView? {
        var server = server(id)
        return server?.replica(MiniCluster.topic)
    }

    /// The values in a replica's log.
    func values(_ id: Int32) -> [UInt8] {
        var values: [UInt8] = []
        server(id)?.forEachBatch(of: MiniCluster.topic) { batch in
            var records = batch.body.records
            while let record = records.next() {
                if let range = record.value {
                    values.append(batch.body.shared.bytes[range.lowerBound])
                }
            }
        }
        return values
    }

    /// The broker that leads the topic's partition, as all running brokers agree; `nil` if they
    /// don't.
    var leader: Int32? {
        var leaders: Set<Int32> = []
        for id in order {
            guard let node = nodes[id], node.roles.contains(.broker), let server = node.server,
                let state = server.metadata?.partition(MiniCluster.topic)
            else { continue }
            leaders.insert(state.leader.rawValue)
        }
        return leaders.count == 1 ? leaders.first : nil
    }

    /// The ISR as the leader has it confirmed.
    var isr: [Int32] {
        guard let leader, let view = view(leader) else { return [] }
        return view.isr.map(\.rawValue)
    }
}
