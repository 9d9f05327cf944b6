import Checkers
import KafkaProtocol
import SimBase
import Testing

/// Every invariant has a run that breaks it.
@Suite struct InvariantTests {
    private func violations(_ body: (inout Fixture) -> Void) -> [String] {
        var fixture = Fixture()
        body(&fixture)
        return fixture.recorder.invariants.violations.map(\.invariant)
    }

    @Test func twoLeadersOfOneEpochAreFound() {
        let found = violations {
            $0.leads(1, epoch: 3, from: 0, at: .zero)
            $0.leads(2, epoch: 3, from: 0, at: .zero)
        }
        #expect(found == ["one leader an epoch"])
    }

    /// A quorum whose disk was wiped counts its epochs from the beginning.
    @Test(arguments: [true, false])
    func aWipedVoterMayForgetEpochsAWipedBrokerMayNot(isVoter: Bool) {
        let found = violations {
            $0.leads(1, epoch: 0, from: 0, at: .zero)
            $0.change(leader: 1, epoch: 3, isr: [1], .clean, at: .zero)
            $0.recorder.wiped(BrokerID(1), isVoter: isVoter, now: .zero)
            $0.leads(2, epoch: 0, from: 0, at: Fixture.at(1))
            $0.change(leader: 2, epoch: 0, isr: [2], .initial, at: Fixture.at(1))
        }
        #expect(found.contains("one leader an epoch") == !isVoter)
        #expect(found.contains("epochs never decrease") == !isVoter)
    }

    /// Two topics of one name, one after the other: a leader of the first may not have heard of it.
    @Test(arguments: [true, false])
    func aDeletedTopicsLeaderIsNoSecondLeader(isDeleted: Bool) {
        let found = violations {
            $0.change(leader: 1, epoch: 0, isr: [1], .initial, at: .zero)
            $0.leads(1, epoch: 0, from: 0, at: .zero)
            if isDeleted {
                let deletion = Observation.topicDeleted($0.topic)
                $0.recorder.observe(deletion, by: BrokerID(4), now: Fixture.at(1))
            }
            $0.change(leader: 2, epoch: 0, isr: [2], .initial, at: Fixture.at(2))
            $0.leads(2, epoch: 0, from: 0, at: Fixture.at(2))
            let records = $0.send(1)
            $0.append(Fixture.batch(records, at: 0), by: 1, at: Fixture.at(3))
        }
        #expect(found.contains("one leader an epoch") == !isDeleted)
    }

    @Test func aLeaderMayStartAgainInItsOwnEpoch() {
        #expect(
            violations {
                $0.leads(1, epoch: 3, from: 0, at: .zero)
                $0.leads(1, epoch: 3, from: 0, at: Fixture.at(1))
            }.isEmpty
        )
    }

    @Test func anAppendInAnothersEpochIsFound() {
        let found = violations {
            $0.leads(1, epoch: 0, from: 0, at: .zero)
            $0.append(Fixture.batch([], at: 0), by: 2, at: .zero)
        }
        #expect(found == ["one leader an epoch"])
    }

    @Test func aHighWatermarkThatGoesBackIsFound() {
        let found = violations { fixture in
            fixture.leads(1, epoch: 0, from: 0, at: .zero)
            for offset in [5, 4] as [Int64] {
                fixture.recorder.observe(
                    .highWatermarkAdvanced(fixture.partition, LeaderEpoch(0), to: Offset(offset)),
                    by: BrokerID(1),
                    now: .zero
                )
            }
        }
        #expect(found == ["the high watermark never goes back within an epoch"])
    }

    @Test func aCleanLeaderWithoutCommittedRecordsIsFound() {
        let found = violations { fixture in
            fixture.leads(1, epoch: 0, from: 0, at: .zero)
            fixture.recorder.observe(
                .highWatermarkAdvanced(fixture.partition, LeaderEpoch(0), to: Offset(5)),
                by: BrokerID(1),
                now: .zero
            )
            fixture.leads(2, epoch: 1, from: 4, at: Fixture.at(1))
        }
        #expect(found == ["a clean leader has every committed record"])
    }

    @Test func afterAnUncleanElectionItIsNoViolation() {
        #expect(
            violations { fixture in
                fixture.leads(1, epoch: 0, from: 0, at: .zero)
                fixture.recorder.observe(
                    .highWatermarkAdvanced(fixture.partition, LeaderEpoch(0), to: Offset(5)),
                    by: BrokerID(1),
                    now: .zero
                )
                fixture.change(leader: 2, epoch: 1, isr: [2], .unclean, at: Fixture.at(1))
                fixture.leads(2, epoch: 1, from: 4, at: Fixture.at(1))
            }.isEmpty
        )
    }

    @Test func truncationBelowTheHighWatermarkIsFound() {
        let found = violations {
            $0.recorder.observe(
                .truncated($0.partition, from: Offset(9), to: Offset(3), highWatermark: Offset(5)),
                by: BrokerID(2),
                now: .zero
            )
        }
        #expect(found == ["no replica truncates below its high watermark"])
    }

    @Test func aLeaderOutsideTheISRIsFound() {
        #expect(
            violations { $0.change(leader: 1, epoch: 0, isr: [2, 3], .initial, at: .zero) }
                == ["the leader is in the ISR"]
        )
    }

    @Test func anISRMemberThatIsNoReplicaIsFound() {
        #expect(
            violations { $0.change(leader: 1, epoch: 0, isr: [1, 7], .initial, at: .zero) }
                == ["the ISR is part of the replicas"]
        )
    }

    @Test func epochsThatGoBackAreFound() {
        let found = violations {
            $0.change(leader: 1, epoch: 2, isr: [1], .initial, at: .zero)
            $0.change(leader: 1, epoch: 1, isr: [1], .clean, at: .zero)
        }
        #expect(found == ["epochs never decrease"])
    }

    @Test func twoQuorumLeadersOfOneEpochAreFound() {
        let found = violations { fixture in
            for server in [4, 5] as [Int32] {
                fixture.recorder.observe(
                    .quorumStateChanged(QuorumEpoch(7), .leader, leader: BrokerID(server)),
                    by: BrokerID(server),
                    now: .zero
                )
            }
        }
        #expect(found == ["one quorum leader an epoch"])
    }

    @Test func aPartitionWithTwoOwnersIsFound() {
        let found = violations { fixture in
            let members = [0, 1].map {
                MemberAssignment(
                    member: MemberID(client: $0, nonce: 1),
                    partitions: [fixture.partition]
                )
            }
            fixture.recorder.observe(
                .groupStabilized(GroupName(0), Generation(1), members),
                by: BrokerID(1),
                now: .zero
            )
        }
        #expect(found == ["one owner a partition and generation"])
    }
}
