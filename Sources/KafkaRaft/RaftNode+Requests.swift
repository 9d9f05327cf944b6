internal import KafkaProtocol
internal import SimBase

extension RaftNode {
    mutating func take(_ request: Request, _ handle: RequestHandle, now: Instant) {
        switch request {
        case .vote(let vote): outbox.order(.reply(handle, answer(vote, now: now)))
        case .beginQuorumEpoch(let begin): outbox.order(.reply(handle, answer(begin, now: now)))
        case .endQuorumEpoch(let end): outbox.order(.reply(handle, answer(end, now: now)))
        case .fetch(let fetch): take(fetch, handle, now: now)
        case .fetchSnapshot(let fetch): outbox.order(.reply(handle, answer(fetch, now: now)))
        default: preconditionFailure("\(request.api.name) is no request of Raft")
        }
    }

    /// - Source: KafkaRaftClient.handleVoteRequest.
    private mutating func answer(_ request: VoteRequest, now: Instant) -> Response {
        guard request.lastEndOffset >= .zero, request.lastEpoch.rawValue >= 0,
            request.lastEpoch < request.epoch
                || (request.isPreVote && request.lastEpoch == request.epoch)
        else { return quorumResponse(.invalidRequest) }
        if let error = refusal(of: request.candidate, in: request.epoch) {
            return quorumResponse(error)
        }
        if request.epoch > epoch { becomeUnattached(request.epoch, now: now) }
        // One vote an epoch, which may be asked for again; none once a leader is known.
        let isUpToDate = isAtLeastOwnLog(request.lastEpoch, request.lastEndOffset)
        if request.isPreVote {
            return quorumResponse(.none, voteGranted: isUpToDate && wouldVote)
        }
        switch phase {
        case .unattached, .prospective: break
        case .follower, .candidate, .leader, .resigned: return quorumResponse(.none)
        }
        if let voted = election.voted {
            return quorumResponse(.none, voteGranted: voted == request.candidate)
        }
        guard isUpToDate, isVoter, leader == nil else { return quorumResponse(.none) }
        vote(for: request.candidate, in: request.epoch, now: now)
        return quorumResponse(.none, voteGranted: true)
    }

    /// Whether another than the leader has a chance: a follower that hears from its leader wants no
    /// election.
    /// - Source: KIP-996; the `canGrantVote` of the `EpochState` classes.
    private var wouldVote: Bool {
        switch phase {
        case .leader: false
        case .follower(let state): !state.hasFetched
        case .unattached, .prospective, .candidate, .resigned: true
        }
    }

    /// Whether a log that ends like this has everything that ours may have committed.
    private func isAtLeastOwnLog(_ lastEpoch: QuorumEpoch, _ endOffset: Offset) -> Bool {
        (lastEpoch.rawValue, endOffset) >= (log.lastFetchedEpoch.rawValue, log.endOffset)
    }

    /// - Source: KafkaRaftClient.handleBeginQuorumEpochRequest.
    private mutating func answer(_ request: BeginQuorumEpochRequest, now: Instant) -> Response {
        if let error = refusal(of: request.leader, in: request.epoch) {
            return quorumResponse(error)
        }
        follow(request.leader, request.epoch, now: now)
        return quorumResponse(.none)
    }

    /// - Source: KafkaRaftClient.handleEndQuorumEpochRequest.
    private mutating func answer(_ request: EndQuorumEpochRequest, now: Instant) -> Response {
        if let error = refusal(of: request.leader, in: request.epoch) {
            return quorumResponse(error)
        }
        follow(request.leader, request.epoch, now: now)
        if case .follower(var state) = phase, state.leader == request.leader {
            state.fetchDeadline = now + successionDelay(request.preferredCandidates)
            phase = .follower(state)
        }
        return quorumResponse(.none)
    }

    /// How long to leave it to voters with longer logs to stand for election.
    /// - Source: KafkaRaftClient.endEpochElectionBackoff, strictExponentialElectionBackoffMs.
    private func successionDelay(_ preferred: [BrokerID]) -> Interval {
        let limit = config.quorumElectionBackoffMax
        guard let position = preferred.firstIndex(of: id) else { return limit }
        guard position > 0 else { return .zero }
        let base = limit.milliseconds >> (preferred.count - 1)
        return min(limit, .milliseconds(base << (position - 1)))
    }

    /// - Source: KafkaRaftClient.validateVoterOnlyRequest.
    private func refusal(of sender: BrokerID, in epoch: QuorumEpoch) -> ErrorCode? {
        if epoch < self.epoch { return .fencedLeaderEpoch }
        return sender.rawValue < 0 ? .invalidRequest : nil
    }

    private func quorumResponse(_ error: ErrorCode, voteGranted: Bool = false) -> Response {
        .quorum(
            QuorumResponse(
                error: error,
                epoch: epoch,
                leader: leader ?? .none,
                voteGranted: voteGranted
            )
        )
    }

    /// Learns of an epoch and, if named, its leader.
    /// - Source: KafkaRaftClient.maybeTransition.
    mutating func follow(_ leader: BrokerID?, _ epoch: QuorumEpoch, now: Instant) {
        guard isConsistent(leader, epoch) else {
            outbox.order(.exit(.fatalFault))
            return
        }
        if epoch > self.epoch {
            if let leader {
                becomeFollower(of: leader, in: epoch, now: now)
            } else {
                becomeUnattached(epoch, now: now)
            }
        } else if epoch == self.epoch, let leader, self.leader == nil {
            becomeFollower(of: leader, in: epoch, now: now)
        }
    }

    /// Two leaders in an epoch, or leadership that this node knows nothing of, end the process.
    private func isConsistent(_ leader: BrokerID?, _ epoch: QuorumEpoch) -> Bool {
        guard let leader else { return true }
        if leader == id { return epoch == self.epoch && self.leader == id }
        return epoch != self.epoch || self.leader == nil || self.leader == leader
    }
}
