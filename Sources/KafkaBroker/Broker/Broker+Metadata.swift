import KafkaController
import KafkaGroups
import KafkaLog
import KafkaProtocol
import SimBase

extension Broker {
    var image: MetadataImage {
        loader.image
    }

    /// A topic's configuration: its dynamic entries over the broker's defaults.
    mutating func topicConfig(_ topic: TopicName) -> TopicConfig {
        topicConfigs.config(
            loader.image.configs(of: .topic(topic)),
            over: config.topicDefaults,
            version: features.version
        )
    }

    mutating func refreshBrokers() {
        brokers = BrokerTable(loader.image.brokers)
    }

    /// Applies dynamic broker properties: the cluster-wide ones, then this broker's own.
    mutating func refreshConfig() {
        var errors: [PropertyError] = []
        config = PropertySchema.serverConfig(
            loader.image.configs(of: .allBrokers) + loader.image.configs(of: .broker(id)),
            over: staticConfig,
            version: features.version,
            errors: &errors
        )
    }

    /// Makes the image take effect: the cache first, then deletions, leaders, followers,
    /// configurations.
    ///
    /// Only a partition's final state is applied, however many records changed it.
    /// - Source: kafka.server.metadata.BrokerMetadataPublisher, ReplicaManager.applyDelta.
    mutating func publish(
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        guard !loader.delta.isEmpty || publishedOffset == .none else {
            // A no-op record, or one that concerns the controller only.
            publishedOffset = loader.offset
            return
        }
        let delta = loader.delta
        if !delta.changedBrokers.isEmpty || publishedOffset == .none { refreshBrokers() }
        var deletions: [Int] = []
        var leaders: [(TopicPartition, PartitionRegistration)] = []
        var followers: [(TopicPartition, PartitionRegistration)] = []
        for topic in delta.deletedTopics {
            for index in 0..<topic.partitionCount {
                let partition = TopicPartition(topic.name, index)
                if let slot = replicas.slot(of: partition),
                    replicas.partitions[slot].topicID == topic.id
                {
                    deletions.append(slot)
                }
                replicas.forget(partition)
            }
        }
        for partition in delta.changedPartitions {
            guard let state = loader.image.partition(partition) else { continue }
            if state.replicas.contains(id) {
                if state.leader == id {
                    leaders.append((partition, state))
                } else {
                    followers.append((partition, state))
                }
            } else if let slot = replicas.slot(of: partition), !deletions.contains(slot) {
                deletions.append(slot)
            }
        }
        for slot in deletions { delete(slot, now: now, into: &effects) }
        for (partition, state) in leaders {
            becomeLeader(partition, state, now: now, handles: &handles, into: &effects)
        }
        becomeFollowers(followers, now: now, handles: &handles, into: &effects)
        closeIdleFetchers(now: now, into: &effects)
        noteDirectories(of: leaders.map(\.0) + followers.map(\.0), now: now)
        for topic in delta.deletedTopics {
            groups.topicDeleted(
                topic.name,
                now: now,
                wallClock: clock(now).milliseconds,
                into: &effects,
                outcomes: &groupOutcomes
            )
        }
        applyConfigs(delta.changedConfigs, now: now, into: &effects)
        loader.published()
        publishedOffset = loader.offset
        channelsNeedCare = true
        pollFetchers(now: now, handles: &handles, into: &effects)
    }

    // MARK: Roles

    private mutating func becomeLeader(
        _ partition: TopicPartition,
        _ state: PartitionRegistration,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        unfollow(partition)
        guard let slot = host(partition, now: now, handles: &handles, into: &effects),
            replicas[changing: slot].makeLeader(state, now: now, into: &effects)
        else { return }
        let moved = advanceHighWatermark(slot, now: now, into: &effects)
        if moved { wakes.append(Wake(slot: slot, isHighWatermark: true)) }
        if partition.topic == .consumerOffsets {
            loadGroups(slot, now: now, into: &effects)
        }
    }

    private mutating func becomeFollowers(
        _ followers: [(TopicPartition, PartitionRegistration)],
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        var toFetch: [Int] = []
        for (partition, state) in followers {
            guard let slot = host(partition, now: now, handles: &handles, into: &effects) else {
                continue
            }
            let isNewEpoch = replicas[changing: slot].makeFollower(state, into: &effects)
            if isStopping, state.leader == .none || !state.isr.contains(id) {
                // On its way out, the broker does not fetch what it has left.
                unfollow(partition)
                completeAll(slot, now: now, into: &effects)
            } else if isNewEpoch {
                toFetch.append(slot)
            }
            if partition.topic == .consumerOffsets {
                groups.resigned(
                    partition: partition.partition,
                    now: now,
                    into: &effects,
                    outcomes: &groupOutcomes
                )
            }
        }
        for slot in toFetch { unfollow(replicas.partitions[slot].id) }
        for slot in toFetch { follow(slot) }
        for slot in toFetch { completeAll(slot, now: now, into: &effects) }
    }

    /// The slot of a replica, which is created if it is missing; `nil` if its directory is offline.
    private mutating func host(
        _ partition: TopicPartition,
        now: Instant,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> Int? {
        switch replicas.place(of: partition) {
        case .hosted(let slot): return slot
        case .offline: return nil
        case .absent: break
        }
        guard let topic = loader.image.topic(named: partition.topic),
            let directory = directoryForNewLog()
        else { return nil }
        let log = UnifiedLog(
            creating: partition,
            topicID: topic.id,
            logDir: directory,
            config: topicConfig(partition.topic),
            now: now,
            handles: &handles,
            into: &effects
        )
        return replicas.insert(Partition(partition, topicID: topic.id, broker: id, log: log))
    }

    /// The online directory with the fewest replicas.
    private func directoryForNewLog() -> UInt8? {
        var best: (number: UInt8, count: Int)?
        for directory in directories.directories where !directory.isOffline {
            var count = 0
            for slot in replicas.slots
            where replicas.partitions[slot].log.logDir == directory.number {
                count += 1
            }
            if count < best?.count ?? Int.max { best = (directory.number, count) }
        }
        return best?.number
    }

    private mutating func delete(_ slot: Int, now: Instant, into effects: inout [Effect]) {
        let partition = replicas.partitions[slot].id
        unfollow(partition)
        if partition.topic == .consumerOffsets {
            groups.resigned(
                partition: partition.partition,
                now: now,
                into: &effects,
                outcomes: &groupOutcomes
            )
        }
        replicas[changing: slot].log.delete(into: &effects)
        replicas.remove(slot)
        completeAll(slot, now: now, into: &effects)
    }

    // MARK: Configuration

    private mutating func applyConfigs(
        _ changed: [ConfigResource],
        now: Instant,
        into effects: inout [Effect]
    ) {
        guard !changed.isEmpty else { return }
        var concernsAll = false
        for resource in changed {
            switch resource {
            case .topic: break
            case .broker(let broker): concernsAll = concernsAll || broker == id
            case .allBrokers: concernsAll = true
            }
        }
        if concernsAll {
            let fetchersBefore = config.replicaFetchers
            refreshConfig()
            if config.replicaFetchers != fetchersBefore {
                rebuildFetchers(now: now, into: &effects)
            }
        }
        for slot in replicas.slots {
            let topic = replicas.partitions[slot].id.topic
            guard concernsAll || changed.contains(.topic(topic)) else { continue }
            replicas[changing: slot].log.config = topicConfig(topic)
        }
    }
}
