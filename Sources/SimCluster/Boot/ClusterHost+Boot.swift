import Checkers
import KafkaBroker
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

/// The run before time zero: a cluster comes up by the same path as ever.
enum BootPlan {
    /// Booting begins this long before zero; if that is too short for a slow network or many
    /// partitions, the run begins again with the longer time.
    static let lengths = [Interval.seconds(10), Interval.seconds(300)]
    /// Producers start this long before zero, so that they have metadata when it comes.
    static let producerLead = Interval.seconds(2)
    static let step = Interval.milliseconds(50)

    /// Of the administrator's operations during the boot; those of the timeline are above zero.
    static let token: Int32 = -1
}

extension ClusterHost {
    /// Brings the cluster up until every declared topic is led and in sync.
    /// - Returns: what is missing, if zero came before the cluster was healthy.
    mutating func boot() -> String? {
        let deadline = Instant.zero - BootPlan.producerLead
        for server in document.cluster.voters { startServer(server) }
        // Until the quorum has a leader, brokers would ask for it as fast as the network allows.
        guard step(until: deadline, { $0.view.activeController != .none }) else {
            return "the quorum did not elect a leader in time"
        }
        for server in layout.brokers { startServer(server) }
        kernel.start(layout.admin)
        admin.start(
            bootstrap: layout.brokers,
            config: ClientConfig(),
            features: document.cluster.features,
            random: seed.stream("admin"),
            now: now,
            into: &effects
        )
        perform(for: layout.admin)
        guard step(until: deadline, { $0.areBrokersRunning }) else {
            return "the brokers did not register and start in time"
        }
        if let failure = createTopics(until: deadline) { return failure }
        if let failure = reserveProducerIDs(until: deadline) { return failure }
        guard step(until: deadline, { $0.isInSync() }) else {
            return "the topics' partitions were not led and in sync in time"
        }
        run(until: deadline)
        for index in producers.indices { startProducer(index, resendsUnresolved: false) }
        run(until: Instant(nanoseconds: -1))
        phase = .running
        return nil
    }

    private mutating func step(
        until deadline: Instant,
        _ isDone: (inout ClusterHost) -> Bool
    ) -> Bool {
        var next = now
        while !isDone(&self) {
            guard next < deadline else { return false }
            next += BootPlan.step
            run(until: next)
        }
        return true
    }

    private var areBrokersRunning: Bool {
        layout.brokers.allSatisfy { broker in
            isListening[layout.node(of: broker).position]
        }
    }

    /// Whether every partition is led by a broker that knows it, with all live replicas in sync.
    mutating func isInSync() -> Bool {
        for topic in document.names.topics.indices.dropFirst() {
            for change in view.partitions(of: TopicName(Int32(topic))) where !isInSync(change) {
                return false
            }
        }
        return true
    }

    private mutating func isInSync(_ change: PartitionChange) -> Bool {
        let live = change.replicas.filter {
            servers[layout.node(of: $0).position]?.id != nil
        }
        guard !live.isEmpty else { return true }
        guard change.leader != .none, let led = replica(change.partition, on: change.leader),
            led.isLeader, led.leaderEpoch == change.leaderEpoch
        else { return false }
        for broker in live {
            guard change.isr.contains(broker), let replica = replica(change.partition, on: broker),
                replica.leaderEpoch == change.leaderEpoch, replica.logEnd == led.logEnd
            else { return false }
        }
        return true
    }

    /// A replica as its broker's process has it; `nil` if that is down or has none.
    mutating func replica(_ partition: TopicPartition, on broker: BrokerID)
        -> KafkaServer.ReplicaView?
    {
        servers[layout.node(of: broker).position]?.replica(partition)
    }

    private mutating func createTopics(until deadline: Instant) -> String? {
        let declared = document.topics.map { topic in
            CreateTopicRequest(
                name: topic.name,
                partitions: topic.assignment == nil ? topic.partitions : -1,
                replicationFactor: topic.assignment == nil ? topic.replicationFactor : -1,
                assignment: topic.assignment,
                configs: topic.entries,
                timeout: .seconds(30)
            )
        }
        if !declared.isEmpty {
            guard let error = ask(.createTopics(declared), until: deadline) else {
                return "the declared topics were not created in time"
            }
            if error.isError { return "the declared topics were not created: \(error.name)" }
        }
        guard let group = layout.groups.first else { return nil }
        // A cluster that has ever had a consumer has its offsets topic.
        // Where its replication factor is above the number of brokers it stays missing, and groups
        // never form: that is what such a configuration does.
        let isOver = ask(.findCoordinator(.group(group)), until: deadline) != nil
        return isOver ? nil : "the offsets topic was not created in time"
    }

    /// A broker that has ever had an idempotent producer holds a block of producer ids; the first
    /// to come to a new one is sent away for as long as its `retry.backoff.ms`.
    private mutating func reserveProducerIDs(until deadline: Instant) -> String? {
        guard document.producers.contains(where: \.config.enableIdempotence) else { return nil }
        for broker in layout.brokers {
            guard ask(.initProducerId, of: broker, until: deadline) != nil else {
                return "broker-\(broker) was not given a block of producer ids in time"
            }
        }
        return nil
    }

    /// Lets the administrator do something, and waits for how it ends.
    private mutating func ask(
        _ request: Request,
        of broker: BrokerID? = nil,
        until deadline: Instant
    ) -> ErrorCode? {
        bootAnswers.removeAll()
        admin.submit(request, to: broker, token: BootPlan.token, now: now, into: &effects)
        perform(for: layout.admin)
        while now < deadline {
            run(until: now + BootPlan.step)
            if let answer = bootAnswers.first { return answer.error }
        }
        return nil
    }

    // MARK: Clients

    mutating func startProducer(_ index: Int, resendsUnresolved: Bool) {
        let node = layout.producer(index)
        guard !producers[index].isRunning else { return }
        kernel.start(node)
        knownSkews[node.position] = kernel.wallOffset(node)
        producers[index].start(
            at: now,
            skew: knownSkews[node.position],
            resendsUnresolved: resendsUnresolved,
            ledger: recorder.ledger,
            into: &effects
        )
        perform(for: node)
        producers[index].takeTurns(now, &effects, &recorder.ledger)
        producers[index].arm(now, &effects)
        perform(for: node)
    }

    mutating func startConsumer(_ index: Int) {
        let node = layout.consumer(index)
        guard !consumers[index].isRunning else { return }
        kernel.start(node)
        knownSkews[node.position] = kernel.wallOffset(node)
        consumers[index].start(at: now, skew: knownSkews[node.position], into: &effects)
        perform(for: node)
    }

    /// What follows from a producer's event outside its process.
    mutating func afterProducer(_ index: Int) {
        counters.blocked[index] = producers[index].blockedTime
        if producers[index].isRunning, producers[index].isClosed {
            processExited(layout.producer(index), .stopped)
        }
    }

    mutating func afterConsumer(_ index: Int) {
        if consumers[index].wantsToCrash {
            timeline.reacted(
                now,
                "\(layout.name(layout.consumer(index))) dies in the middle of its batch"
            )
            kill(layout.consumer(index))
        } else if consumers[index].isRunning, consumers[index].isClosed {
            if let exception = consumers[index].fatalException {
                timeline.reacted(
                    now,
                    "\(layout.name(layout.consumer(index))) ends: poll() threw \(exception.name)"
                )
            }
            processExited(layout.consumer(index), .stopped)
        }
    }

    mutating func afterAdmin() {
        for completion in admin.takeResults() {
            if completion.token < 0 {
                bootAnswers.append(completion)
            } else {
                actionAnswered(completion)
            }
        }
    }
}
