import KafkaLog
import KafkaProtocol
import SimBase

extension ReplicaFetcher {
    mutating func take(
        _ response: Response,
        to asked: Waiting,
        replicas: inout ReplicaTable,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        switch (asked, response) {
        case (.fetch, .fetch(let fetched)):
            guard follow(fetched) else { break }
            var returned = false
            // Partitions with traffic stand at the end.
            var hint = max(0, partitions.count - fetched.partitions.count)
            for answer in fetched.partitions {
                guard let place = place(of: answer.partition, from: hint) else { continue }
                hint = place + 1
                returned = returned || !answer.records.isEmpty
                take(
                    answer,
                    place,
                    replicas: &replicas,
                    clock: clock,
                    handles: &handles,
                    into: &effects,
                    outcomes: &outcomes
                )
            }
            if returned { rotate(fetched.partitions) }
        case (.epochEnds(let queries), .offsets(let answers)):
            for (query, answer) in zip(queries, answers.partitions) {
                takeEpochEnd(
                    query,
                    answer,
                    replicas: &replicas,
                    clock: clock,
                    handles: &handles,
                    into: &effects,
                    outcomes: &outcomes
                )
            }
        case (.leaderEnd(let partition), .offsets(let answers)):
            takeLeaderEnd(
                partition,
                answers.partitions.first,
                replicas: &replicas,
                clock: clock,
                handles: &handles,
                into: &effects,
                outcomes: &outcomes
            )
        case (.leaderStart(let partition), .offsets(let answers)):
            takeLeaderStart(
                partition,
                answers.partitions.first,
                replicas: &replicas,
                clock: clock,
                handles: &handles,
                into: &effects,
                outcomes: &outcomes
            )
        default: break
        }
    }

    // MARK: Fetch

    /// Keeps up with the leader's idea of the session.
    /// - Returns: whether the answer's partitions count.
    /// - Source: org.apache.kafka.clients.FetchSessionHandler.handleResponse.
    private mutating func follow(_ response: FetchResponse) -> Bool {
        guard response.error == .none else {
            session =
                response.error == .fetchSessionIdNotFound
                ? Session() : Session(id: session.id, epoch: 0)
            return false
        }
        if response.sessionID == 0 {
            session = Session()
        } else if session.isFull {
            session = Session(id: response.sessionID, epoch: 1)
        } else {
            session.epoch = session.epoch == Int32.max ? 1 : session.epoch + 1
        }
        return true
    }

    private mutating func take(
        _ answer: FetchPartitionResponse,
        _ place: Int,
        replicas: inout ReplicaTable,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        // The position may have moved since: then the answer is about another question.
        guard partitions[place].requestedOffset == partitions[place].fetchOffset,
            partitions[place].requestedOffset != .none,
            partitions[place].isReady(now: clock.now)
        else { return }
        switch answer.error {
        case .none:
            if let diverging = answer.divergingEpoch {
                let log = replicas.partitions[partitions[place].slot].log
                let target = TruncationTarget.of(
                    diverging,
                    fetchOffset: partitions[place].fetchOffset,
                    logEnd: log.logEndOffset,
                    ignoresEpoch: false,
                    localEnd: { log.endOffset(for: $0) }
                )
                effects.append(.observe(.mark(.divergingEpochAnswered)))
                cut(
                    place,
                    target,
                    replicas: &replicas,
                    clock: clock,
                    handles: &handles,
                    into: &effects,
                    outcomes: &outcomes
                )
            } else {
                append(
                    answer,
                    place,
                    replicas: &replicas,
                    clock: clock,
                    handles: &handles,
                    into: &effects,
                    outcomes: &outcomes
                )
            }
        case .offsetOutOfRange:
            effects.append(.observe(.mark(.offsetOutOfRange)))
            outOfRange.append(answer.partition)
        case .fencedLeaderEpoch: fenced(place, partitions[place].requestedEpoch, now: clock.now)
        default: delay(place, now: clock.now)
        }
    }

    /// Appends what the leader sent; then high watermark, then log start.
    /// - Source: kafka.server.ReplicaFetcherThread.processPartitionData.
    private mutating func append(
        _ answer: FetchPartitionResponse,
        _ place: Int,
        replicas: inout ReplicaTable,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        let slot = partitions[place].slot
        let end = replicas.look(at: slot) { $0.log.logEndOffset }
        guard end == partitions[place].fetchOffset else {
            departed.append(answer.partition)
            partitions.remove(at: place)
            return
        }
        if let last = answer.records.last {
            let outcome = replicas[changing: slot].log.appendAsFollower(
                answer.records,
                wallClock: clock.milliseconds,
                now: clock.now,
                handles: &handles,
                into: &effects
            )
            switch outcome {
            case .appended: break
            case .failed(.corruptMessage):
                delay(place, now: clock.now)
                return
            case .failed(.offsetsOutOfOrder), .failed(.unexpectedOffset),
                .failed(.recordListTooLarge):
                // Stopped until the metadata names another leader epoch.
                departed.append(answer.partition)
                partitions.remove(at: place)
                return
            }
            if let flush = replicas.look(at: slot, { $0.log.awaitedFlush }),
                !awaitedFlushes.contains(flush)
            {
                awaitedFlushes.append(flush)
            }
            partitions[place].fetchOffset = last.nextOffset
            if features.truncation == .onFetch {
                partitions[place].lastFetchedEpoch = last.partitionLeaderEpoch
            }
        }
        let (before, after) = replicas[changing: slot].followHighWatermark(answer.highWatermark)
        if after != before {
            effects.append(.observe(.highWatermarkSet(answer.partition, to: after)))
            outcomes.append(.highWatermarkChanged(slot: slot))
        }
        let start = min(answer.logStartOffset, after)
        guard start > replicas.look(at: slot, { $0.log.logStartOffset }) else { return }
        _ = replicas[changing: slot].log.advanceLogStart(
            to: start,
            reason: .followedLeader,
            into: &effects
        )
    }

    /// The leader has a newer epoch than this fetch named.
    private mutating func fenced(_ place: Int, _ requested: LeaderEpoch, now: Instant) {
        guard requested == partitions[place].leaderEpoch else {
            delay(place, now: now)
            return
        }
        // Failed until the metadata brings the new epoch.
        remove(partitions[place].partition)
    }

    /// Partitions that returned records go behind the others.
    private mutating func rotate(_ answers: [FetchPartitionResponse]) {
        var hint = max(0, partitions.count - answers.count)
        if answers.count == 1, partitions.last?.partition == answers.first?.partition { return }
        var moved: [FollowedPartition] = []
        for answer in answers where !answer.records.isEmpty {
            guard let place = place(of: answer.partition, from: hint) else { continue }
            moved.append(partitions.remove(at: place))
            hint = place
        }
        partitions.append(contentsOf: moved)
    }

    // MARK: Truncation

    private mutating func takeEpochEnd(
        _ query: EpochQuery,
        _ answer: OffsetAnswer,
        replicas: inout ReplicaTable,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        guard let place = place(of: query.partition), partitions[place].state == .truncating else {
            return
        }
        switch answer.error {
        case .none:
            let log = replicas.partitions[partitions[place].slot].log
            // The leader's answer is worth nothing if the log has changed since the question.
            guard log.latestEpoch == query.leaderEpoch else { return }
            let target = TruncationTarget.of(
                EpochEnd(epoch: answer.epoch, endOffset: answer.offset),
                fetchOffset: partitions[place].fetchOffset,
                logEnd: log.logEndOffset,
                ignoresEpoch: features.truncation == .epochV0,
                localEnd: { log.endOffset(for: $0) }
            )
            cut(
                place,
                target,
                replicas: &replicas,
                clock: clock,
                handles: &handles,
                into: &effects,
                outcomes: &outcomes
            )
        case .fencedLeaderEpoch: fenced(place, query.currentLeaderEpoch, now: clock.now)
        default: delay(place, now: clock.now)
        }
    }

    // MARK: Offsets out of range

    /// - Source: kafka.server.AbstractFetcherThread.fetchOffsetAndTruncate.
    private mutating func takeLeaderEnd(
        _ partition: TopicPartition,
        _ answer: OffsetAnswer?,
        replicas: inout ReplicaTable,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        if outOfRange.first == partition { outOfRange.removeFirst() }
        guard let place = place(of: partition), let answer else { return }
        guard answer.error == .none else {
            return refused(place, answer.error, now: clock.now)
        }
        let slot = partitions[place].slot
        if answer.offset < replicas.partitions[slot].log.logEndOffset {
            if features.truncation == .highWatermark,
                !replicas.partitions[slot].log.config.uncleanLeaderElection
            {
                outcomes.append(.mustHalt)
                return
            }
            cut(
                place,
                TruncationTarget(offset: answer.offset, isComplete: true),
                replicas: &replicas,
                clock: clock,
                handles: &handles,
                into: &effects,
                outcomes: &outcomes
            )
        } else {
            prepare(offsetQuery(.earliest, place), .leaderStart(partition))
        }
    }

    private mutating func takeLeaderStart(
        _ partition: TopicPartition,
        _ answer: OffsetAnswer?,
        replicas: inout ReplicaTable,
        clock: WallTime,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect],
        outcomes: inout [Outcome]
    ) {
        guard let place = place(of: partition), let answer else { return }
        guard answer.error == .none else {
            return refused(place, answer.error, now: clock.now)
        }
        let slot = partitions[place].slot
        let logEnd = replicas.partitions[slot].log.logEndOffset
        if answer.offset > logEnd {
            replicas[changing: slot].log.truncateFully(
                startingAt: answer.offset,
                now: clock.now,
                handles: &handles,
                into: &effects
            )
            effects.append(.observe(.mark(.logFullyTruncated)))
            outcomes.append(.truncated(slot: slot))
        }
        partitions[place].fetchOffset = max(answer.offset, logEnd)
        partitions[place].state = .fetching
        noteLatestEpoch(place, replicas)
    }

    private mutating func refused(_ place: Int, _ error: ErrorCode, now: Instant) {
        if error == .fencedLeaderEpoch {
            fenced(place, partitions[place].requestedEpoch, now: now)
        } else {
            delay(place, now: now)
        }
    }
}
