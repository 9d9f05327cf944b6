import KafkaBroker
import KafkaController
import KafkaProtocol
import SimBase
import Testing

/// One broker that is its own controller: everything a client can ask.
@Suite struct RequestTests {
    private func cluster(
        configs: [(String, String)] = [],
        _ change: (inout ServerConfig) -> Void = { _ in }
    ) throws -> MiniCluster {
        var config = ServerConfig()
        config.offsetsTopicReplicationFactor = 1
        change(&config)
        let cluster = MiniCluster(brokers: 1, controllers: 0, config: config, topics: ["t", "u"])
        try #require(cluster.boot())
        let error = cluster.createTopic(replicationFactor: 1, configs: configs)
        try #require(error == ErrorCode.none)
        cluster.run(for: .seconds(1))
        return cluster
    }

    private func fetch(
        at offset: Int64,
        maxWait: Interval = .zero,
        minBytes: Int32 = 1
    ) -> Request {
        .fetch(
            FetchRequest(
                replica: .none,
                maxWait: maxWait,
                minBytes: minBytes,
                maxBytes: 1_000_000,
                partitions: [
                    FetchPartition(
                        partition: MiniCluster.topic,
                        topicID: .none,
                        currentLeaderEpoch: .none,
                        fetchOffset: Offset(offset),
                        maxBytes: 1_000_000
                    )
                ]
            )
        )
    }

    private func offsets(_ query: OffsetQuery, _ cluster: MiniCluster) -> OffsetAnswer? {
        let request = ListOffsetsRequest(
            replica: .none,
            partitions: [
                ListOffsetsPartition(
                    partition: MiniCluster.topic,
                    currentLeaderEpoch: .none,
                    query: query
                )
            ]
        )
        guard case .offsets(let answers)? = cluster.ask(.listOffsets(request), of: 1) else {
            return nil
        }
        return answers.partitions.first
    }

    // MARK: Produce

    @Test func anErrorWithoutAcksClosesTheConnection() throws {
        let cluster = try cluster()
        let unknown = TopicPartition(TopicName(4), 0)
        let refused = cluster.request(MiniCluster.produce([1], acks: .none, to: unknown), of: 1)
        #expect(cluster.closedInbound == [refused])
        _ = cluster.request(MiniCluster.produce([1], acks: .none), of: 1)
        #expect(cluster.closedInbound == [refused])
        #expect(cluster.values(1) == [1])
    }

    @Test func refusesWhatItDoesNotHost() throws {
        let cluster = try cluster()
        func error(_ topic: Int32, _ partition: Int32 = 0) -> ErrorCode? {
            let target = TopicPartition(TopicName(topic), partition)
            guard
                case .produce(let response)? = cluster.ask(
                    MiniCluster.produce([1], to: target),
                    of: 1
                )
            else { return nil }
            return response.partitions.first?.error
        }
        #expect(error(4) == .unknownTopicOrPartition)
        #expect(error(3, 7) == .unknownTopicOrPartition)
        #expect(error(3) == ErrorCode.none)
    }

    @Test func aProduceThatIsNotReplicatedTimesOutAndStaysInTheLog() throws {
        let cluster = MiniCluster(brokers: 2, controllers: 1)
        try #require(cluster.boot())
        _ = cluster.createTopic(assignment: [[1, 2]])
        cluster.run(for: .seconds(1))
        cluster.cut = [[BrokerID(1), BrokerID(2)]]
        let start = cluster.now
        let request = MiniCluster.produce([1], timeout: .seconds(3))
        guard case .produce(let response)? = cluster.ask(request, of: 1) else {
            Issue.record("no answer")
            return
        }
        #expect(response.partitions[0].error == .requestTimedOut)
        #expect(response.partitions[0].baseOffset == .zero)
        #expect(cluster.now - start == .seconds(3))
        #expect(cluster.values(1) == [1])
    }

    @Test func flushMessagesHoldsTheAnswerUntilTheFlush() throws {
        let cluster = try cluster(configs: [("flush.messages", "1")])
        _ = cluster.send([1], to: 1)
        for acks in [Acks.leader, .all] {
            let start = cluster.now
            #expect(cluster.send([1], acks: acks, to: 1)?.error == ErrorCode.none)
            #expect(cluster.now - start == MiniCluster.flushTime)
        }
    }

    // MARK: Fetch

    @Test func aParkedFetchIsAnsweredByAProduceOrByItsDeadline() throws {
        let cluster = try cluster()
        let start = cluster.now
        let parked = cluster.request(fetch(at: 0, maxWait: .milliseconds(500)), of: 1)
        #expect(cluster.answers[parked] == nil)
        cluster.run(for: .milliseconds(100))
        _ = cluster.send([1, 2], to: 1)
        cluster.run(for: .milliseconds(2))
        guard case .fetch(let response)? = cluster.answers[parked] else {
            Issue.record("the fetch was not answered")
            return
        }
        #expect(response.partitions[0].records.count == 1)
        #expect(response.partitions[0].highWatermark == Offset(2))
        #expect(cluster.now - start < .milliseconds(110))
        let idle = cluster.now
        guard
            case .fetch(let empty)? = cluster.ask(
                fetch(at: 2, maxWait: .milliseconds(500)),
                of: 1
            )
        else {
            Issue.record("the fetch was not answered")
            return
        }
        #expect(empty.partitions[0].records.isEmpty)
        #expect(cluster.now - idle == .milliseconds(500))
    }

    @Test func aFetchWaitsForMinBytes() throws {
        let cluster = try cluster()
        let parked = cluster.request(
            fetch(at: 0, maxWait: .seconds(5), minBytes: 150),
            of: 1
        )
        _ = cluster.send([1], to: 1)
        cluster.run(for: .milliseconds(5))
        #expect(cluster.answers[parked] == nil)
        _ = cluster.send([1], to: 1)
        _ = cluster.send([1], to: 1)
        cluster.run(for: .milliseconds(5))
        #expect(cluster.answers[parked] != nil)
    }

    // MARK: Offsets

    @Test func listsAndDeletesOffsets() throws {
        let cluster = try cluster()
        _ = cluster.send([1, 2], to: 1)
        _ = cluster.send([3], to: 1)
        #expect(offsets(.latest, cluster)?.offset == Offset(3))
        #expect(offsets(.earliest, cluster)?.offset == .zero)
        let stamp = WallClock.epochMilliseconds
        #expect(offsets(.timestamp(stamp), cluster)?.offset == .zero)
        #expect(offsets(.timestamp(stamp + 1), cluster)?.offset == Offset.none)
        func delete(before offset: Int64) -> OffsetAnswer? {
            let request = DeleteRecordsRequest(
                timeout: .seconds(1),
                partition: MiniCluster.topic,
                before: Offset(offset)
            )
            guard case .offsets(let answers)? = cluster.ask(.deleteRecords(request), of: 1) else {
                return nil
            }
            return answers.partitions.first
        }
        #expect(delete(before: 4)?.error == .offsetOutOfRange)
        #expect(delete(before: 2)?.offset == Offset(2))
        #expect(offsets(.earliest, cluster)?.offset == Offset(2))
        guard case .fetch(let response)? = cluster.ask(fetch(at: 1), of: 1) else { return }
        #expect(response.partitions[0].error == .offsetOutOfRange)
    }

    // MARK: Metadata and coordination

    @Test func metadataCreatesTopicsThatAreAskedFor() throws {
        let cluster = try cluster()
        let request = MetadataRequest(topics: [TopicName(4)], allowsAutoCreation: true)
        guard case .metadata(let first)? = cluster.ask(.metadata(request), of: 1) else { return }
        #expect(first.topics[0].error == .unknownTopicOrPartition)
        #expect(first.brokers == [BrokerID(1)])
        cluster.run(for: .seconds(1))
        guard case .metadata(let second)? = cluster.ask(.metadata(request), of: 1) else { return }
        #expect(second.topics[0].error == ErrorCode.none)
        #expect(second.topics[0].partitions.map(\.leader) == [BrokerID(1)])
    }

    @Test func noTopicIsCreatedWhereThatIsForbidden() throws {
        let cluster = try cluster { $0.autoCreateTopics = false }
        let request = MetadataRequest(topics: [TopicName(4)], allowsAutoCreation: true)
        _ = cluster.ask(.metadata(request), of: 1)
        cluster.run(for: .seconds(1))
        #expect(cluster.server(1)?.metadata?.topic(named: TopicName(4)) == nil)
    }

    @Test func findCoordinatorCreatesTheOffsetsTopic() throws {
        let cluster = try cluster()
        let request = Request.findCoordinator(.group(GroupName(0)))
        guard case .findCoordinator(let first)? = cluster.ask(request, of: 1) else { return }
        #expect(first.error == .coordinatorNotAvailable)
        cluster.run(for: .seconds(1))
        guard case .findCoordinator(let second)? = cluster.ask(request, of: 1) else { return }
        #expect(second.coordinator == BrokerID(1))
        let membership = GroupMembership(
            group: GroupName(0),
            member: .none,
            generation: .none
        )
        let commit = OffsetCommitRequest(
            membership: membership,
            offsets: [
                CommittedOffset(
                    partition: MiniCluster.topic,
                    offset: Offset(5),
                    leaderEpoch: .none
                )
            ]
        )
        #expect(
            cluster.ask(.offsetCommit(commit), of: 1)
                == .offsetCommit([PartitionError(partition: MiniCluster.topic, error: .none)])
        )
        // Committed offsets survive the process.
        cluster.kill(BrokerID(1))
        cluster.start(BrokerID(1))
        cluster.run(until: cluster.now + .seconds(30)) { $0.isRunning }
        let fetch = OffsetFetchRequest(group: GroupName(0), partitions: [MiniCluster.topic])
        guard case .offsetFetch(let fetched)? = cluster.ask(.offsetFetch(fetch), of: 1) else {
            return
        }
        #expect(fetched.offsets.map(\.offset) == [Offset(5)])
    }

    @Test func producerIDsComeFromTheControllersBlocks() throws {
        let cluster = try cluster()
        guard case .initProducerId(let early)? = cluster.ask(.initProducerId, of: 1) else { return }
        #expect(early.error == .coordinatorLoadInProgress)
        cluster.run(for: .milliseconds(200))
        guard case .initProducerId(let first)? = cluster.ask(.initProducerId, of: 1),
            case .initProducerId(let second)? = cluster.ask(.initProducerId, of: 1)
        else { return }
        #expect(first.producerID == ProducerID(0))
        #expect(second.producerID == ProducerID(1))
    }

    @Test func deletedTopicsLeaveNoFileBehind() throws {
        let cluster = try cluster()
        _ = cluster.send([1], to: 1)
        #expect(
            cluster.ask(.admin(.deleteTopic(MiniCluster.topic.topic)), of: 1) == .status(.none)
        )
        cluster.run(for: .seconds(1))
        #expect(cluster.view(1) == nil)
        let left = cluster.nodes[BrokerID(1)]?.files.keys.filter {
            $0.partition == MiniCluster.topic
        }
        #expect(left == [])
        #expect(cluster.createTopic(replicationFactor: 1) == ErrorCode.none)
        cluster.run(for: .seconds(1))
        #expect(cluster.view(1)?.logEnd == .zero)
    }

    @Test func dynamicConfigurationHoldsFromTheNextAppend() throws {
        let cluster = try cluster()
        let entry = ConfigEntry(name: "max.message.bytes", value: "10")
        let alter = AdminRequest.alterConfigs(.topic(MiniCluster.topic.topic), [entry])
        #expect(cluster.ask(.admin(alter), of: 1) == .status(.none))
        cluster.run(for: .seconds(1))
        #expect(cluster.send([1], to: 1)?.error == .messageTooLarge)
    }

    // MARK: Storage

    @Test func theLastLogDirectoryTakesTheProcessWithIt() throws {
        let cluster = try cluster()
        cluster.handle(.storageChanged(logDir: 0, .failed), BrokerID(1))
        #expect(cluster.nodes[BrokerID(1)]?.exits == [.storageFailed])
    }

    @Test func oneOfSeveralDirectoriesTakesItsReplicasOnly() throws {
        var config = ServerConfig()
        config.logDirCount = 2
        let cluster = MiniCluster(brokers: 2, controllers: 1, config: config)
        try #require(cluster.boot())
        #expect(cluster.createTopic(assignment: [[1, 2], [1, 2]]) == ErrorCode.none)
        cluster.run(for: .seconds(2))
        // The second partition went to the directory with fewer replicas.
        let second = TopicPartition(MiniCluster.topic.topic, 1)
        cluster.handle(.storageChanged(logDir: 1, .failed), BrokerID(1))
        cluster.run(for: .seconds(2))
        #expect(cluster.nodes[BrokerID(1)]?.exits == [])
        #expect(cluster.server(1)?.hostedPartitions == [MiniCluster.topic])
        let state = cluster.server(2)?.metadata?.partition(second)
        #expect(state?.leader == BrokerID(2))
        #expect(state?.isr == [BrokerID(2)])
        #expect(cluster.view(1)?.isLeader == true)
        guard
            case .produce(let response)? = cluster.ask(
                MiniCluster.produce([1], to: second),
                of: 1
            )
        else { return }
        #expect(response.partitions[0].error == .kafkaStorageError)
    }
}
