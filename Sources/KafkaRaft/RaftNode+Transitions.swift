internal import KafkaProtocol
internal import SimBase

extension RaftNode {
    /// Takes up the state in which the node stopped.
    ///
    /// A former leader neither leads nor votes again in its epoch: records that it lost with the
    /// page cache would be written anew under the same offset and epoch.
    /// - Source: org.apache.kafka.raft.QuorumState.initialize, KafkaRaftClient.initialize.
    mutating func resume(now: Instant) {
        let logEpoch = QuorumEpoch(log.lastFetchedEpoch.rawValue)
        if election.epoch < logEpoch { election = ElectionState(epoch: logEpoch) }
        let resumed: QuorumPhase
        if isVoter, election.leader == id {
            resumed = .resigned(
                .init(
                    electionDeadline: electionDeadline(now: now),
                    preferred: [],
                    unacknowledged: voters.filter { $0 != id }
                )
            )
        } else if isVoter, election.voted == id, election.leader == nil {
            resumed = .candidate(candidate(retries: 1, now: now))
        } else if let leader = election.leader, voters.contains(leader), leader != id {
            resumed = .follower(follower(of: leader, now: now))
        } else {
            resumed = .unattached(.init(electionDeadline: electionDeadline(now: now)))
        }
        enter(resumed, election)
        if case .candidate = phase {
            becomeLeaderIfElected(now: now)
        } else if voters == [id] {
            becomeCandidate(now: now)
        }
    }

    /// Moves to a phase after writing `quorum-state`.
    private mutating func enter(_ next: QuorumPhase, _ state: ElectionState) {
        outbox.replace(quorumStateFile, state.bytes(voters: voters))
        move(to: next, state)
    }

    private mutating func move(to next: QuorumPhase, _ state: ElectionState) {
        let former = phase
        phase = next
        election = state
        outbox.observe(.quorumStateChanged(state.epoch, role, leader: state.leader ?? .none))
        if case .leader = former, let activated {
            outbox.report(.lostLeadership(activated))
            self.activated = nil
        }
        if announced != ElectionState(epoch: state.epoch, leader: state.leader) {
            announced = ElectionState(epoch: state.epoch, leader: state.leader)
            outbox.report(.leaderChanged)
        }
    }

    private var role: QuorumRole {
        switch phase {
        case .unattached: isVoter ? .unattached : .observer
        case .follower: isVoter ? .follower : .observer
        case .prospective: .prospective
        case .candidate: .candidate
        case .leader: .leader
        case .resigned: .resigned
        }
    }

    /// Between one and two election time-outs from now.
    private mutating func electionDeadline(now: Instant) -> Instant {
        guard isVoter else { return .distantFuture }
        let timeout = config.quorumElectionTimeout
        let extra = random.next(below: Int(max(1, timeout.milliseconds)))
        return now + timeout + .milliseconds(Int64(extra))
    }

    private mutating func candidate(retries: Int32, now: Instant) -> QuorumPhase.Candidate {
        .init(
            retries: retries,
            electionDeadline: electionDeadline(now: now),
            ballot: .init(of: id, among: voters)
        )
    }

    private func follower(of leader: BrokerID, now: Instant) -> QuorumPhase.Follower {
        .init(leader: leader, fetchDeadline: now + config.quorumFetchTimeout)
    }

    /// A higher epoch was seen, whose leader is not known.
    ///
    /// The timer of a candidate or unattached voter runs on: otherwise a stream of hopeless
    /// candidates could keep a better one from ever standing.
    mutating func becomeUnattached(_ epoch: QuorumEpoch, now: Instant) {
        let deadline: Instant
        switch phase {
        case .unattached(let state): deadline = state.electionDeadline
        case .prospective(let state): deadline = state.electionDeadline
        case .candidate(let state): deadline = state.electionDeadline
        case .follower, .leader, .resigned: deadline = electionDeadline(now: now)
        }
        enter(.unattached(.init(electionDeadline: deadline)), ElectionState(epoch: epoch))
        channel.resetAll()
    }

    /// Grants a vote. The timer is drawn anew: the candidate's chances are no worse than ours.
    mutating func vote(for candidate: BrokerID, in epoch: QuorumEpoch, now: Instant) {
        let deadline = electionDeadline(now: now)
        let voting: QuorumPhase
        if case .prospective(var state) = phase {
            state.electionDeadline = deadline
            voting = .prospective(state)
        } else {
            voting = .unattached(.init(electionDeadline: deadline))
        }
        enter(voting, ElectionState(epoch: epoch, voted: candidate))
    }

    mutating func becomeFollower(of leader: BrokerID, in epoch: QuorumEpoch, now: Instant) {
        var state = ElectionState(epoch: epoch, leader: leader)
        // A pre-vote may bring the node back into this epoch without a leader: its vote stands.
        if features.preVote, epoch == election.epoch { state.voted = election.voted }
        enter(.follower(follower(of: leader, now: now)), state)
        channel.resetAll()
        refuseParkedFetches()
    }

    /// Stands for election; with pre-votes, first asks what would come of it.
    mutating func stand(now: Instant) {
        guard features.preVote else {
            becomeCandidate(now: now)
            return
        }
        if case .resigned = phase {
            becomeUnattached(election.epoch.next, now: now)
            return
        }
        var retries: Int32 = 1
        if case .candidate(let state) = phase { retries = state.retries + 1 }
        let prospective = QuorumPhase.Prospective(
            retries: retries,
            electionDeadline: electionDeadline(now: now),
            ballot: .init(of: id, among: voters)
        )
        // Nothing that must survive has changed.
        move(to: .prospective(prospective), election)
        channel.resetAll()
    }

    /// Goes back to the leader, if one is known, after a pre-vote that was not won.
    mutating func giveUp(_ state: QuorumPhase.Prospective, now: Instant) {
        if let leader {
            becomeFollower(of: leader, in: epoch, now: now)
            return
        }
        let deadline = state.ballot.isLost ? electionDeadline(now: now) : state.electionDeadline
        enter(.unattached(.init(electionDeadline: max(now, deadline))), election)
        channel.resetAll()
    }

    mutating func becomeCandidate(now: Instant) {
        var retries: Int32 = 1
        switch phase {
        case .candidate(let state): retries = state.retries + 1
        case .prospective(let state): retries = state.retries
        case .unattached, .follower, .leader, .resigned: break
        }
        let epoch = election.epoch.next
        enter(
            .candidate(candidate(retries: retries, now: now)),
            ElectionState(epoch: epoch, voted: id)
        )
        channel.resetAll()
        becomeLeaderIfElected(now: now)
    }

    /// Leads if a majority has granted its vote, and writes the first record of the epoch: nothing
    /// of earlier epochs is committed before it is.
    mutating func becomeLeaderIfElected(now: Instant) {
        guard case .candidate(let state) = phase, state.ballot.isWon else { return }
        var leadership = Leadership(
            id: id,
            voters: voters,
            epochStart: log.endOffset,
            checkQuorumDeadline: checkQuorumDeadline(now: now),
            now: now
        )
        leadership.accumulator.append(
            control: ControlRecord.leaderChange(
                leader: id,
                voters: voters,
                granting: state.ballot.granted.sorted(),
                timestamp: WallClock.milliseconds(at: now, skew: wallSkew)
            )
        )
        leadership.drainAt = now
        enter(.leader(leadership), ElectionState(epoch: election.epoch, leader: id))
        channel.resetAll()
    }

    /// Stops leading in this epoch, of its own accord. Not written: a restart has the same effect.
    /// - Simplification: the listener hears of it at once; Kafka's hears with the next epoch, or
    ///   when its next append is refused (a no-op record within `metadata.max.idle.interval.ms`).
    mutating func resign(_ leadership: Leadership, now: Instant) {
        let resigned = QuorumPhase.Resigned(
            electionDeadline: electionDeadline(now: now),
            preferred: leadership.successors,
            unacknowledged: voters.filter { $0 != id }
        )
        refuseParkedFetches()
        move(to: .resigned(resigned), election)
        channel.resetAll()
    }

    /// - Source: LeaderState.CHECK_QUORUM_TIMEOUT_FACTOR (1.5).
    func checkQuorumDeadline(now: Instant) -> Instant {
        voters.count == 1 || !features.checkQuorum
            ? .distantFuture : now + config.quorumFetchTimeout * 3 / 2
    }
}
