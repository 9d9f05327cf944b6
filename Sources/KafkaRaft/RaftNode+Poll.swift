internal import KafkaProtocol
internal import SimBase

extension RaftNode {
    /// Does what is due in the node's phase.
    /// - Returns: when to look again; not after `now` if at once.
    /// - Source: org.apache.kafka.raft.KafkaRaftClient.pollCurrentState.
    mutating func poll(now: Instant) -> Instant {
        var answers: [QuorumChannel.Answer] = []
        channel.poll(now: now, outbox: &outbox, answers: &answers)
        take(answers, now: now)
        expireParkedFetches(now: now)
        finishShutdown(now: now)
        guard !outbox.isBlocked, !hasShutDown else { return .distantFuture }
        if now >= nextClean {
            nextClean = now + RaftNode.snapshotCleanInterval
            let wallClock = WallClock.milliseconds(at: now, skew: wallSkew)
            log.clean(wallClock: wallClock, outbox: &outbox)
        }
        let wake =
            switch phase {
            case .unattached(let state): pollUnattached(state, now: now)
            case .follower(let state): pollFollower(state, now: now)
            case .prospective(let state): pollProspective(state, now: now)
            case .candidate(let state): pollCandidate(state, now: now)
            case .leader: pollLeader(now: now)
            case .resigned(let state): pollResigned(state, now: now)
            }
        return min(
            wake,
            nextClean,
            channel.nextDeadline,
            parked.first?.deadline ?? .distantFuture,
            shutdownDeadline ?? .distantFuture
        )
    }

    /// An orderly shutdown is over when another leads or nobody else could.
    private mutating func finishShutdown(now: Instant) {
        guard let shutdownDeadline, !hasShutDown else { return }
        let hasRemoteLeader = election.leader.map { $0 != id } ?? false
        if now >= shutdownDeadline || !isVoter || voters == [id] || hasRemoteLeader {
            hasShutDown = true
        }
    }

    private mutating func pollUnattached(_ state: QuorumPhase.Unattached, now: Instant) -> Instant {
        guard isVoter else { return fetchFromAny(now: now) }
        guard shutdownDeadline == nil else { return .distantFuture }
        guard now >= state.electionDeadline else {
            // Who may lose a pre-vote must find the leader by itself.
            let next = features.preVote ? fetchFromAny(now: now) : .distantFuture
            return min(next, state.electionDeadline)
        }
        stand(now: now)
        return now
    }

    private mutating func pollFollower(_ state: QuorumPhase.Follower, now: Instant) -> Instant {
        if isVoter {
            guard now < state.fetchDeadline else {
                stand(now: now)
                return now
            }
            if !features.preVote {
                return min(fetch(from: state, now: now), state.fetchDeadline)
            }
        }
        guard now < state.fetchDeadline else { return fetchFromAny(now: now) }
        // A leader that fails or does not answer may have been replaced: any voter can tell.
        let next: Instant
        if channel.hasTimedOut(state.leader, now: now) {
            channel.reset(state.leader)
            next = fetchFromAny(now: now)
        } else if channel.isBackingOff(state.leader, now: now) {
            next = fetchFromAny(now: now)
        } else if channel.hasInFlight(now: now) {
            next = channel.nextChange(now: now)
        } else {
            next = fetch(from: state, now: now)
        }
        return min(next, state.fetchDeadline)
    }

    private mutating func pollProspective(
        _ state: QuorumPhase.Prospective,
        now: Instant
    ) -> Instant {
        if shutdownDeadline != nil { return askForVotes(state.ballot, now: now) }
        guard now < state.electionDeadline else {
            giveUp(state, now: now)
            return now
        }
        return min(askForVotes(state.ballot, now: now), state.electionDeadline)
    }

    private mutating func pollCandidate(_ state: QuorumPhase.Candidate, now: Instant) -> Instant {
        if shutdownDeadline != nil { return askForVotes(state.ballot, now: now) }
        if let end = state.backoffEnd {
            guard now >= end else { return end }
            stand(now: now)
            return now
        }
        guard now < state.electionDeadline else {
            backOffFromElection(now: now)
            return now
        }
        return min(askForVotes(state.ballot, now: now), state.electionDeadline)
    }

    /// Waits before the next election: a random multiple of 100 ms, of which there are more with
    /// each election lost in a row.
    /// - Source: KafkaRaftClient.binaryExponentialElectionBackoffMs.
    mutating func backOffFromElection(now: Instant) {
        guard case .candidate(var state) = phase else { return }
        let choices = 2 << min(20, state.retries - 1)
        let wait = min(
            .milliseconds(Int64(random.next(below: Int(choices))) * 100),
            config.quorumElectionBackoffMax
        )
        state.backoffEnd = now + wait
        phase = .candidate(state)
    }

    private mutating func askForVotes(_ ballot: QuorumPhase.Ballot, now: Instant) -> Instant {
        var next = Instant.distantFuture
        // Not once the election is lost.
        guard !ballot.isLost else { return next }
        var isPreVote = false
        if case .prospective = phase { isPreVote = true }
        for voter in ballot.open {
            let request = VoteRequest(
                epoch: epoch,
                candidate: id,
                lastEpoch: QuorumEpoch(log.lastFetchedEpoch.rawValue),
                lastEndOffset: log.endOffset,
                isPreVote: isPreVote
            )
            next = min(
                next,
                channel.send(.vote(request), to: voter, now: now, outbox: &outbox)
            )
        }
        return next
    }

    private mutating func pollLeader(now: Instant) -> Instant {
        guard case .leader(let leadership) = phase else { return now }
        if shutdownDeadline != nil || leadership.mustResign
            || now >= leadership.checkQuorumDeadline
        {
            resign(leadership, now: now)
            return now
        }
        if now >= leadership.drainAt {
            appendGathered(now: now)
            return now
        }
        if now >= leadership.beginQuorumDeadline {
            let next = now + config.quorumFetchTimeout / 2
            withLeadership { $0.beginQuorumDeadline = next }
            let request = BeginQuorumEpochRequest(epoch: epoch, leader: id)
            for voter in voters where voter != id {
                _ = channel.send(
                    .beginQuorumEpoch(request),
                    to: voter,
                    now: now,
                    outbox: &outbox
                )
            }
        }
        return withLeadership {
            min($0.drainAt, $0.checkQuorumDeadline, $0.beginQuorumDeadline)
        } ?? now
    }

    private mutating func pollResigned(_ state: QuorumPhase.Resigned, now: Instant) -> Instant {
        var next = Instant.distantFuture
        let request = EndQuorumEpochRequest(
            epoch: epoch,
            leader: id,
            preferredCandidates: state.preferred
        )
        for voter in state.unacknowledged {
            next = min(
                next,
                channel.send(.endQuorumEpoch(request), to: voter, now: now, outbox: &outbox)
            )
        }
        guard shutdownDeadline == nil else { return next }
        guard now < state.electionDeadline else {
            stand(now: now)
            return now
        }
        return min(next, state.electionDeadline)
    }

    // MARK: Fetching

    private mutating func fetch(from state: QuorumPhase.Follower, now: Instant) -> Instant {
        if let snapshot = state.snapshot {
            let request = FetchSnapshotRequest(replica: id, epoch: epoch, snapshot: snapshot)
            return channel.send(
                .fetchSnapshot(request),
                to: state.leader,
                now: now,
                outbox: &outbox
            )
        }
        let request = fetchRequest
        return channel.send(.fetch(request), to: state.leader, now: now, outbox: &outbox)
    }

    /// Asks any voter, who names the leader if it knows one.
    private mutating func fetchFromAny(now: Instant) -> Instant {
        guard let voter = channel.anyReady(now: now, &random) else {
            return channel.nextChange(now: now)
        }
        let request = fetchRequest
        _ = channel.send(.fetch(request), to: voter, now: now, outbox: &outbox)
        return channel.nextChange(now: now)
    }

    private var fetchRequest: FetchRequest {
        FetchRequest(
            replica: id,
            maxWait: RaftNode.fetchMaxWait,
            minBytes: 0,
            maxBytes: Int32(QuorumLog.maxBatchSize),
            partitions: [
                FetchPartition(
                    partition: .clusterMetadata,
                    topicID: .none,
                    currentLeaderEpoch: LeaderEpoch(epoch.rawValue),
                    fetchOffset: log.endOffset,
                    lastFetchedEpoch: log.lastFetchedEpoch,
                    logStartOffset: log.startOffset,
                    highWatermark: features.metadataCommitWakesFetch ? highWatermark : .none,
                    maxBytes: Int32(QuorumLog.maxBatchSize)
                )
            ]
        )
    }
}
