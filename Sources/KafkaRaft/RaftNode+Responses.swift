internal import KafkaProtocol
internal import SimBase

extension RaftNode {
    /// Takes answers of voters. One that fails is followed by a back-off.
    mutating func take(_ answers: [QuorumChannel.Answer], now: Instant) {
        for answer in answers {
            let succeeded = take(answer.response, from: answer.peer, now: now)
            channel.settle(answer.peer, succeeded: succeeded, now: now)
        }
    }

    private mutating func take(_ response: Response, from peer: BrokerID, now: Instant) -> Bool {
        switch response {
        case .quorum(let response): return take(response, from: peer, now: now)
        case .fetch(let response):
            guard !response.error.isError, let partition = response.partitions.first else {
                return false
            }
            return take(partition, now: now)
        case .fetchSnapshot(let response): return take(response, now: now)
        default: return false
        }
    }

    /// What all answers have in common: epoch and leader of the sender.
    /// - Returns: whether the answer counts as a success; `nil` if there is more in it.
    /// - Source: KafkaRaftClient.maybeHandleCommonResponse.
    private mutating func takeCommon(
        _ error: ErrorCode,
        _ leader: BrokerID,
        _ epoch: QuorumEpoch,
        now: Instant
    ) -> Bool? {
        let leader = leader == .none ? nil : leader
        if epoch < self.epoch || error == .unknownLeaderEpoch { return true }
        if epoch > self.epoch || error == .fencedLeaderEpoch || error == .notLeaderOrFollower {
            follow(leader, epoch, now: now)
            return true
        }
        if let leader, self.leader == nil {
            becomeFollower(of: leader, in: epoch, now: now)
            return error.isError ? true : nil
        }
        if error == .brokerNotAvailable { return false }
        return error == .invalidVoterKey ? true : nil
    }

    private mutating func take(
        _ response: QuorumResponse,
        from peer: BrokerID,
        now: Instant
    ) -> Bool {
        if let handled = takeCommon(response.error, response.leader, response.epoch, now: now) {
            return handled
        }
        guard !response.error.isError else { return false }
        switch phase {
        case .prospective(var state):
            state.ballot.record(peer, isGranted: response.voteGranted)
            phase = .prospective(state)
            if state.ballot.isWon {
                becomeCandidate(now: now)
            } else if state.ballot.isLost {
                giveUp(state, now: now)
            }
        case .candidate(var state):
            state.ballot.record(peer, isGranted: response.voteGranted)
            phase = .candidate(state)
            becomeLeaderIfElected(now: now)
            // A lost election is not waited out.
            if state.ballot.isLost, state.backoffEnd == nil {
                outbox.observe(.mark(.splitVote))
                backOffFromElection(now: now)
            }
        case .resigned(var state):
            state.unacknowledged.removeAll { $0 == peer }
            phase = .resigned(state)
        case .unattached, .follower, .leader: break
        }
        return true
    }

    /// - Source: KafkaRaftClient.handleFetchResponse.
    private mutating func take(_ response: FetchPartitionResponse, now: Instant) -> Bool {
        let hint = response.currentLeader
        let handled = takeCommon(
            response.error,
            hint?.leader ?? .none,
            QuorumEpoch(hint?.epoch.rawValue ?? -1),
            now: now
        )
        if let handled { return handled }
        guard !response.error.isError, case .follower(var state) = phase else { return false }
        if let diverging = response.divergingEpoch {
            guard truncate(towards: diverging) else { return false }
        } else if let snapshot = response.snapshot {
            if log.snapshot(snapshot) == nil { state.snapshot = snapshot }
        } else {
            appendAsFollower(response.records)
            noteLeaderHighWatermark(response.highWatermark)
        }
        state.hasFetched = true
        state.fetchDeadline = now + config.quorumFetchTimeout
        phase = .follower(state)
        return true
    }

    /// Cuts what another leader's log does not have.
    /// - Returns: whether that was possible: what is committed is never cut.
    private mutating func truncate(towards end: EpochEnd) -> Bool {
        let target = log.truncationOffset(towards: end)
        guard end.endOffset >= highWatermark, target >= highWatermark else {
            outbox.observe(.mark(.truncatedBelowHighWatermark))
            outbox.order(.exit(.fatalFault))
            return false
        }
        log.truncate(to: target, outbox: &outbox)
        return true
    }

    /// A voter's next fetch tells the leader what it holds durably, so that it flushes first.
    private mutating func appendAsFollower(_ records: [RecordBatch]) {
        var hasAppended = false
        for batch in records where batch.baseOffset >= log.endOffset {
            log.append(batch, outbox: &outbox)
            hasAppended = true
        }
        if hasAppended, isVoter { log.flush(outbox: &outbox) }
    }

    private mutating func noteLeaderHighWatermark(_ offset: Offset) {
        guard offset != .none else { return }
        raiseHighWatermark(to: min(offset, log.endOffset))
    }

    /// - Source: KafkaRaftClient.handleFetchSnapshotResponse.
    private mutating func take(_ response: FetchSnapshotResponse, now: Instant) -> Bool {
        let handled = takeCommon(
            response.error == .snapshotNotFound ? .none : response.error,
            response.leader?.leader ?? .none,
            QuorumEpoch(response.leader?.epoch.rawValue ?? -1),
            now: now
        )
        if let handled { return handled }
        guard case .follower(var state) = phase, state.snapshot == response.snapshot else {
            return true
        }
        state.snapshot = nil
        if response.error == .snapshotNotFound {
            // The leader dropped it meanwhile: the next fetch tells which one to take.
            phase = .follower(state)
            return true
        }
        guard !response.error.isError,
            let snapshot = MetadataSnapshot(
                endingAt: response.snapshot.endOffset,
                response.records
            )
        else { return false }
        state.fetchDeadline = now + config.quorumFetchTimeout
        phase = .follower(state)
        log.restart(at: snapshot, handles: &handles, outbox: &outbox)
        raiseHighWatermark(to: snapshot.id.endOffset)
        return true
    }

    // MARK: Delivery

    /// Notes what is committed and tells the listener.
    mutating func raiseHighWatermark(to offset: Offset) {
        if offset > highWatermark {
            highWatermark = offset
            outbox.observe(.quorumHighWatermark(epoch, offset))
        }
        deliver()
    }

    /// Hands the listener everything committed that it does not have: a snapshot first if it is at
    /// the beginning or behind the log's start.
    /// - Source: KafkaRaftClient.updateListenersProgress.
    private mutating func deliver() {
        if nextDelivery < highWatermark, nextDelivery == .zero || nextDelivery < log.startOffset,
            let snapshot = log.latestSnapshot
        {
            outbox.report(.snapshot(snapshot.id, snapshot.dataBatches))
            nextDelivery = snapshot.id.endOffset
        }
        if nextDelivery < highWatermark {
            let batches = log.batches(from: nextDelivery, below: highWatermark)
            if let last = batches.last {
                nextDelivery = last.nextOffset
                outbox.report(.committed(batches))
            }
        }
        activate()
    }

    /// Tells the listener to lead once it has seen the first record of the epoch.
    private mutating func activate() {
        guard activated == nil, case .leader(let leadership) = phase,
            nextDelivery > leadership.epochStart
        else { return }
        activated = epoch
        outbox.report(.becameLeader(epoch))
    }
}
