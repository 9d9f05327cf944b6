import KafkaProtocol
import SimBase
import Testing

@testable import KafkaController

@Suite struct ElectionTests {
    /// How the leader of a partition came to be, change by change.
    private func elections(_ cluster: Cluster) -> [String] {
        cluster.observations.compactMap { observation in
            guard case .partitionChanged(let change) = observation, let kind = change.election
            else { return nil }
            return "\(kind) \(change.leader) le \(change.leaderEpoch)"
        }
    }

    @Test func theFirstReplicaInAssignmentOrderThatIsInSyncIsElected() {
        var cluster = Cluster(brokers: 4)
        cluster.create([[1, 4, 2, 3]])
        cluster.fence(4)
        cluster.unfence(4)
        #expect(cluster.summary() == "leader 1 isr [1,2,3] le 0 pe 1")
        cluster.fence(1)
        #expect(cluster.summary() == "leader 2 isr [2,3] le 1 pe 2")
        #expect(elections(cluster) == ["clean 2 le 1"])
    }

    /// All replicas lose power at once: they are fenced by age of their last heartbeat, and only
    /// the last one fenced can lead again.
    @Test func afterASimultaneousPowerLossOnlyTheLastFencedMayLead() {
        var cluster = Cluster(brokers: 3)
        cluster.create([[1, 2, 3]])
        for id in Int32(1)...3 {
            cluster.now += .milliseconds(500)
            cluster.heartbeat(id)
        }
        cluster.effects.removeAll()
        cluster.advance(to: .zero + .seconds(30))
        #expect(elections(cluster) == ["clean 2 le 1", "clean 3 le 2", "offline -1 le 3"])
        #expect(cluster.summary() == "leader -1 isr [3] le 3 pe 3")
        for id in Int32(1)...2 {
            cluster.register(id)
            cluster.unfence(id)
            #expect(cluster.summary() == "leader -1 isr [3] le 3 pe 3")
        }
        cluster.register(3)
        cluster.unfence(3)
        #expect(cluster.summary() == "leader 3 isr [3] le 4 pe 4")
    }

    /// The controllers lost power too: nobody checks sessions until the first registration is
    /// accepted, and that broker alone keeps its seat.
    @Test func afterATotalPowerLossTheFirstToRegisterKeepsTheISR() {
        var cluster = Cluster(brokers: 3)
        cluster.create([[1, 2, 3]])
        cluster.loseLeadership()
        cluster.now += .seconds(20)
        cluster.activate(epoch: 2)
        cluster.now += .seconds(5)
        #expect(cluster.register(2) == .duplicateBrokerRegistration)
        cluster.now += .milliseconds(4_001)
        #expect(cluster.register(2) == .none)
        // Broker 3 was "elected" for a moment, as broker 1 was fenced before it.
        #expect(cluster.summary() == "leader -1 isr [2] le 2 pe 2")
        #expect(cluster.controller.latest.brokers.map(\.isFenced) == [true, true, true])
        cluster.register(1)
        cluster.unfence(1)
        #expect(cluster.summary() == "leader -1 isr [2] le 2 pe 2")
        cluster.unfence(2)
        #expect(cluster.summary() == "leader 2 isr [2] le 3 pe 3")
    }

    /// Last replica standing: the sole member of the ISR returns without its tail and leads.
    @Test func theLastReplicaStandingIsElectedOnReturn() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]], configs: [("min.insync.replicas", "2")])
        cluster.fence(2)
        cluster.fence(1)
        cluster.unfence(2)
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 2")
        cluster.register(1)
        cluster.unfence(1)
        #expect(cluster.summary() == "leader 1 isr [1] le 2 pe 3")
    }

    /// A sole member that returns with an empty, newly formatted directory is not elected: its
    /// replica's directory is offline.
    @Test func aNewDirectoryKeepsTheSoleMemberFromLeading() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        cluster.fence(2)
        cluster.fence(1)
        cluster.register(1, logDirs: [5_555])
        cluster.unfence(1)
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 2")
        // With the directory it had, it is.
        cluster.fence(1)
        cluster.register(1, logDirs: [1_001])
        cluster.unfence(1)
        #expect(cluster.summary() == "leader 1 isr [1] le 2 pe 3")
    }

    @Test func anUncleanLeaderIsTheFirstActiveReplica() {
        var cluster = Cluster(brokers: 3)
        cluster.create([[1, 2, 3]], configs: [("unclean.leader.election.enable", "true")])
        cluster.fence(3)
        cluster.fence(2)
        cluster.unfence(3)
        cluster.unfence(2)
        #expect(cluster.summary() == "leader 1 isr [1] le 0 pe 2")
        cluster.fence(1)
        #expect(cluster.summary() == "leader 2 isr [2] le 1 pe 3 recovering")
        #expect(elections(cluster) == ["unclean 2 le 1"])
        // The leader reports at once that it has recovered.
        #expect(cluster.alterISR([2]).error == .none)
        #expect(cluster.summary() == "leader 2 isr [2] le 1 pe 4")
    }

    @Test func uncleanElectionHappensAtAnyUnfencing() {
        var cluster = Cluster(brokers: 3)
        cluster.create([[1, 2]], configs: [("unclean.leader.election.enable", "true")])
        cluster.fence(2)
        cluster.fence(1)
        cluster.fence(3)
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 2")
        cluster.unfence(2)
        #expect(cluster.summary() == "leader 2 isr [2] le 2 pe 3 recovering")
    }

    @Test func theUncleanTaskRunsFiveMinutesAfterAPartitionLostItsLeader() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        cluster.fence(2)
        cluster.unfence(2)
        cluster.now = .zero + .seconds(10)
        cluster.fence(1)
        func keepAlive(until end: Int64) {
            while cluster.now < .zero + .seconds(end) {
                cluster.advance(to: min(cluster.now + .seconds(2), .zero + .seconds(end)))
                cluster.heartbeat(2)
            }
        }
        keepAlive(until: 100)
        let allowed = ConfigEntry(name: "unclean.leader.election.enable", value: "true")
        // Allowing it elects nobody by itself.
        #expect(cluster.admin(.alterConfigs(.topic(cluster.topic("orders")), [allowed])) == .none)
        keepAlive(until: 309)
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 2")
        keepAlive(until: 311)
        #expect(cluster.summary() == "leader 2 isr [2] le 2 pe 3 recovering")
    }

    @Test func leadersReturnToTheFirstReplicaAtTheBalanceRun() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        cluster.fence(1)
        cluster.unfence(1)
        #expect(cluster.alterISR([2, 1]).error == .none)
        var found: [String] = []
        while cluster.now < .zero + .seconds(302) {
            cluster.effects.removeAll()
            cluster.advance(to: cluster.now + .seconds(1))
            found += elections(cluster)
            if !found.isEmpty, cluster.now < .zero + .seconds(300) { break }
            cluster.heartbeat(1)
            cluster.heartbeat(2)
        }
        #expect(found == ["preferred 1 le 2"])
        #expect(cluster.summary() == "leader 1 isr [2,1] le 2 pe 3")
    }

    @Test func withoutAutomaticBalanceNothingIsScheduled() {
        var config = ServerConfig()
        config.autoLeaderRebalance = false
        var cluster = Cluster(brokers: 2, config: config)
        cluster.create([[1, 2]])
        cluster.fence(1)
        cluster.unfence(1)
        cluster.alterISR([2, 1])
        for _ in 0..<320 {
            cluster.advance(to: cluster.now + .seconds(1))
            cluster.heartbeat(1)
            cluster.heartbeat(2)
        }
        #expect(cluster.summary() == "leader 2 isr [2,1] le 1 pe 2")
    }

    @Test(
        arguments: [
            (ElectionType.preferred, ErrorCode.electionNotNeeded),
            (.unclean, .electionNotNeeded),
        ]
    )
    func aHealthyPartitionNeedsNoElection(_ type: ElectionType, _ expected: ErrorCode) {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        #expect(cluster.admin(.electLeaders(type, [cluster.partition()])) == expected)
        #expect(cluster.admin(.electLeaders(type, [])) == .none)
        #expect(
            cluster.admin(.electLeaders(type, [cluster.partition(9)])) == .unknownTopicOrPartition
        )
    }

    @Test func anElectionMayBeAskedFor() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        let partition = cluster.partition()
        cluster.fence(1)
        cluster.unfence(1)
        #expect(
            cluster.admin(.electLeaders(.preferred, [partition])) == .preferredLeaderNotAvailable
        )
        cluster.alterISR([2, 1])
        #expect(cluster.admin(.electLeaders(.preferred, [partition])) == .none)
        #expect(cluster.summary() == "leader 1 isr [2,1] le 2 pe 3")
        cluster.fence(2)
        cluster.fence(1)
        #expect(
            cluster.admin(.electLeaders(.unclean, [partition])) == .eligibleLeadersNotAvailable
        )
        // Unclean on demand needs no configuration.
        cluster.unfence(2)
        #expect(cluster.admin(.electLeaders(.unclean, [partition])) == .none)
        #expect(cluster.summary() == "leader 2 isr [2] le 4 pe 6 recovering")
    }

    @Test func beforeThreeSixAShrinkBumpsTheLeaderEpoch() {
        var features = Features()
        features.leaderEpochBumpOnISRShrink = true
        var cluster = Cluster(brokers: 3, features: features)
        cluster.create([[1, 2, 3]])
        cluster.fence(3)
        #expect(cluster.summary() == "leader 1 isr [1,2] le 1 pe 1")
        cluster.unfence(3)
        cluster.alterISR([1, 2, 3])
        #expect(cluster.summary() == "leader 1 isr [1,2,3] le 1 pe 2")
    }

    /// What shrinks is the ISR that is wanted, also where its last member is kept and no ISR is
    /// written (PartitionChangeBuilder.triggerLeaderEpochBumpForIsrShrinkIfNeeded).
    @Test(arguments: [true, false])
    func beforeThreeSixAShrinkThatIsNotWrittenBumpsTheLeaderEpochToo(isOld: Bool) {
        var features = Features()
        features.leaderEpochBumpOnISRShrink = isOld
        var builder = PartitionChangeBuilder(
            topicID: TopicID(9),
            index: 0,
            partition: PartitionRegistration(
                replicas: ids([1, 2, 3]),
                directories: [DirectoryID(1), DirectoryID(2), DirectoryID(3)],
                isr: ids([3]),
                leader: .none,
                leaderEpoch: LeaderEpoch(3),
                partitionEpoch: PartitionEpoch(3)
            ),
            minISR: 1,
            features: features
        )
        builder.targetISR = []
        let record = builder.build(
            defaultDirectory: { _ in DirectoryID(1) },
            isAcceptable: { _ in false }
        )
        #expect(record?.leader == (isOld ? BrokerID.none : nil))
        #expect(record?.isr == nil)
    }
}

@Suite struct EligibleLeaderReplicaTests {
    private func cluster(_ replicas: [Int32], minISR: Int) -> Cluster {
        var features = Features()
        features.eligibleLeaderReplicas = true
        var cluster = Cluster(brokers: 4, features: features)
        cluster.create([replicas], configs: [("min.insync.replicas", "\(minISR)")])
        return cluster
    }

    @Test func membersThatLeaveBelowTheMinimumStayEligible() {
        var cluster = cluster([1, 2, 3], minISR: 2)
        cluster.fence(3)
        #expect(cluster.summary() == "leader 1 isr [1,2] le 0 pe 1")
        cluster.fence(2)
        #expect(cluster.summary() == "leader 1 isr [1] le 0 pe 2 elr [2]")
        cluster.fence(1)
        #expect(cluster.summary() == "leader -1 isr [] le 1 pe 3 elr [1,2] last [1]")
        // An eligible replica leads cleanly; the other one stays eligible.
        cluster.unfence(2)
        #expect(cluster.summary() == "leader 2 isr [2] le 2 pe 4 elr [1]")
        cluster.unfence(1)
        cluster.alterISR([2, 1])
        #expect(cluster.summary() == "leader 2 isr [2,1] le 2 pe 5")
    }

    @Test func aNewProcessIsNotEligibleAnyMore() {
        var cluster = cluster([1, 2], minISR: 2)
        cluster.fence(2)
        cluster.fence(1)
        #expect(cluster.summary() == "leader -1 isr [] le 1 pe 2 elr [1,2] last [1]")
        cluster.register(1)
        #expect(cluster.summary() == "leader -1 isr [] le 1 pe 3 elr [2] last [1]")
        cluster.unfence(1)
        #expect(cluster.summary() == "leader -1 isr [] le 1 pe 3 elr [2] last [1]")
        cluster.unfence(2)
        #expect(cluster.summary() == "leader 2 isr [2] le 2 pe 4")
    }

    @Test func theLastKnownLeaderIsElectedUncleanOnceNobodyIsEligible() {
        var cluster = cluster([1, 2], minISR: 2)
        cluster.fence(2)
        cluster.fence(1)
        cluster.register(2)
        #expect(cluster.summary() == "leader -1 isr [] le 1 pe 3 elr [1] last [1]")
        // Nobody is left: the last leader is taken at once, alive or not, as Kafka does.
        cluster.register(1)
        #expect(cluster.summary() == "leader 1 isr [1] le 2 pe 4 recovering")
    }

    @Test func theMinimumCountsAtMostAsTheReplicas() {
        var cluster = cluster([1], minISR: 3)
        #expect(cluster.summary() == "leader 1 isr [1] le 0 pe 0")
        cluster.fence(1)
        #expect(cluster.summary() == "leader -1 isr [] le 1 pe 1 elr [1] last [1]")
    }
}
