import KafkaController
import KafkaProtocol
import SimBase
import Testing

@Suite struct RegistrationTests {
    @Test func theBrokerEpochIsTheOffsetOfTheRecord() {
        var cluster = Cluster()
        #expect(cluster.register(1) == .none)
        let broker = cluster.controller.committed.broker(BrokerID(1))
        #expect(broker?.epoch == BrokerEpoch(1))
        #expect(broker?.isFenced == true)
        #expect(cluster.log.map(\.word) == ["feature metadata.version", "register 1"])
        #expect(cluster.observations == [.brokerRegistered(BrokerID(1), BrokerEpoch(1))])
    }

    @Test func aSecondProcessIsRefusedWhileTheFirstMayLive() {
        var cluster = Cluster(brokers: 2)
        let heard = cluster.now
        // Exactly at the end of the session the old process still counts as alive.
        cluster.now = heard + .seconds(9)
        #expect(cluster.register(1) == .duplicateBrokerRegistration)
        #expect(cluster.observations == [.mark(.registrationRefused)])
        cluster.now = heard + .seconds(9) + Interval(nanoseconds: 1)
        #expect(cluster.register(1) == .none)
    }

    @Test func onceFencedABrokerMayRegisterAtOnce() {
        var cluster = Cluster(brokers: 1)
        cluster.fence(1)
        #expect(cluster.register(1) == .none)
    }

    @Test func theSameProcessKeepsItsEpochAndStaysUnfenced() {
        var cluster = Cluster(brokers: 1)
        cluster.fence(1)
        cluster.register(1, incarnation: 42)
        cluster.unfence(1)
        let before = cluster.controller.latest.broker(BrokerID(1))
        #expect(cluster.register(1, incarnation: 42) == .none)
        let after = cluster.controller.latest.broker(BrokerID(1))
        #expect(after?.epoch == before?.epoch)
        #expect(after?.isFenced == false)
        #expect(after?.registeredAt == Offset(Int64(cluster.log.count) - 1))
    }

    @Test func aStaleRegistrationIsReplacedButPartitionsStay() {
        var cluster = Cluster(brokers: 1)
        cluster.create([[1]])
        // Nobody checks for stale brokers: a new controller has taken over and heard of none.
        cluster.loseLeadership()
        cluster.activate(epoch: 2)
        cluster.now += .seconds(30)
        #expect(cluster.register(1) == .none)
        #expect(cluster.summary() == "leader 1 isr [1] le 0 pe 0")
        #expect(cluster.controller.latest.broker(BrokerID(1))?.isFenced == true)
        // Its unfencing elects nobody: the partition has a leader.
        cluster.unfence(1)
        #expect(cluster.summary() == "leader 1 isr [1] le 0 pe 0")
    }

    @Test func heartbeatsOfAnotherEpochOrUnknownBrokersAreStale() {
        var cluster = Cluster(brokers: 1)
        let wrong = cluster.heartbeatRequest(1, epoch: BrokerEpoch(99))
        let expected = Response.brokerHeartbeat(BrokerHeartbeatResponse(error: .staleBrokerEpoch))
        #expect(cluster.send(wrong) == expected)
        #expect(cluster.send(cluster.heartbeatRequest(5)) == expected)
    }
}

@Suite struct SessionTests {
    /// When the fence records of `brokers` were committed.
    private func fencings(_ cluster: inout Cluster, until end: Instant) -> [(Int32, Instant)] {
        var found: [(Int32, Instant)] = []
        while let next = cluster.deadline, next <= end {
            cluster.effects.removeAll()
            cluster.advance(to: next)
            for case .brokerFenced(let id) in cluster.observations {
                found.append((id.rawValue, cluster.now))
            }
        }
        return found
    }

    @Test func aSilentBrokerIsFencedOneTickAfterItsSession() {
        var cluster = Cluster(brokers: 1)
        cluster.now = .zero + .seconds(1)
        cluster.heartbeat(1)
        let fenced = fencings(&cluster, until: .zero + .seconds(20))
        #expect(fenced.map(\.0) == [1])
        #expect(fenced.map(\.1) == [Instant.zero + .seconds(10) + Interval(nanoseconds: 1)])
    }

    @Test func everyHeartbeatMovesTheSession() {
        var cluster = Cluster(brokers: 1)
        for second in stride(from: Int64(2), through: 20, by: 2) {
            cluster.advance(to: .zero + .seconds(second))
            cluster.heartbeat(1)
        }
        #expect(cluster.controller.latest.isUnfenced(BrokerID(1)))
        let fenced = fencings(&cluster, until: .zero + .seconds(60))
        #expect(fenced.map(\.1) == [Instant.zero + .seconds(29) + Interval(nanoseconds: 1)])
    }

    @Test func activationArmsNoFenceCheck() {
        var cluster = Cluster(brokers: 2)
        cluster.loseLeadership()
        cluster.activate(epoch: 2)
        #expect(fencings(&cluster, until: .zero + .seconds(60)).isEmpty)
        // The first heartbeat processed arms it: the other broker is long stale.
        cluster.heartbeat(1)
        #expect(cluster.controller.latest.isUnfenced(BrokerID(1)))
        #expect(!cluster.controller.latest.isUnfenced(BrokerID(2)))
    }

    @Test func aRefusedRegistrationArmsNoFenceCheck() {
        var cluster = Cluster(brokers: 2)
        cluster.loseLeadership()
        cluster.activate(epoch: 2)
        #expect(cluster.register(1) == .duplicateBrokerRegistration)
        #expect(fencings(&cluster, until: .zero + .seconds(60)).isEmpty)
    }

    @Test func activationGivesEveryBrokerANewSession() {
        var cluster = Cluster(brokers: 2)
        cluster.now = .zero + .seconds(8)
        cluster.loseLeadership()
        cluster.activate(epoch: 2)
        cluster.now = .zero + .seconds(10)
        cluster.heartbeat(1)
        let fenced = fencings(&cluster, until: .zero + .seconds(18))
        #expect(fenced.map(\.0) == [2])
        #expect(fenced.map(\.1) == [Instant.zero + .seconds(17) + Interval(nanoseconds: 1)])
    }

    @Test func heartbeatsCauseNoTimerTraffic() {
        var config = ServerConfig()
        config.metadataMaxIdle = .forever
        var cluster = Cluster(brokers: 1, config: config)
        let check = cluster.deadline
        cluster.now += .milliseconds(100)
        let handle = cluster.post(cluster.heartbeatRequest(1))
        let answer = BrokerHeartbeatResponse(error: .none, isCaughtUp: true, isFenced: false)
        #expect(cluster.effects == [.reply(handle, .brokerHeartbeat(answer))])
        // The check stays where it was; when it runs and finds nobody stale it moves on.
        #expect(check == Instant.zero + .seconds(9) + Interval(nanoseconds: 1))
        cluster.advance(to: .zero + .milliseconds(9_050))
        #expect(cluster.controller.latest.isUnfenced(BrokerID(1)))
        #expect(
            cluster.deadline == Instant.zero + .milliseconds(9_100) + Interval(nanoseconds: 1)
        )
    }
}

@Suite struct HeartbeatTests {
    @Test func unfencingWaitsForTheRegistrationRecord() {
        var cluster = Cluster()
        cluster.register(1)
        let early = cluster.heartbeat(1, offset: 0)
        #expect(early == BrokerHeartbeatResponse(error: .none, isCaughtUp: false, isFenced: true))
        let ready = cluster.heartbeat(1, offset: 1)
        #expect(ready == BrokerHeartbeatResponse(error: .none, isCaughtUp: true, isFenced: false))
        #expect(cluster.observations == [.brokerUnfenced(BrokerID(1))])
    }

    @Test func wantingTheFenceKeepsABrokerFenced() {
        var cluster = Cluster()
        cluster.register(1)
        #expect(cluster.heartbeat(1, wantsFence: true).isFenced)
        #expect(cluster.log.count == 2)
    }

    @Test func fencingWritesPartitionChangesFirst() {
        var cluster = Cluster(brokers: 4)
        cluster.create([[1, 2, 3], [2, 3, 1], [2, 3, 4]])
        let start = cluster.log.count
        cluster.fence(1)
        #expect(cluster.log[start...].map(\.word) == ["change 0", "change 1", "fence 1"])
        #expect(cluster.summary(0) == "leader 2 isr [2,3] le 1 pe 1")
        #expect(cluster.summary(1) == "leader 2 isr [2,3] le 0 pe 1")
        #expect(cluster.summary(2) == "leader 2 isr [2,3,4] le 0 pe 0")
    }

    @Test func unfencingWritesItsRecordFirstAndElectsForLeaderlessPartitionsOnly() {
        var cluster = Cluster(brokers: 3)
        cluster.create([[1]])
        cluster.create([[2, 1]], name: "shop")
        cluster.fence(1)
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 1")
        let start = cluster.log.count
        cluster.unfence(1)
        #expect(cluster.log[start...].map(\.word) == ["unfence 1", "change 0"])
        #expect(cluster.summary() == "leader 1 isr [1] le 2 pe 2")
        // Unfencing never adds to an ISR.
        #expect(cluster.summary(of: "shop") == "leader 2 isr [2] le 0 pe 1")
    }

    @Test func theLastMemberOfAnISRStays() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        cluster.fence(2)
        #expect(cluster.summary() == "leader 1 isr [1] le 0 pe 1")
        cluster.fence(1)
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 2")
        // A broker outside the ISR cannot be elected.
        cluster.unfence(2)
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 2")
        cluster.unfence(1)
        #expect(cluster.summary() == "leader 1 isr [1] le 2 pe 3")
    }

    @Test func aFencedBrokerMayShutDownAtOnce() {
        var cluster = Cluster()
        cluster.register(1)
        #expect(cluster.heartbeat(1, wantsShutdown: true).shouldShutDown)
    }

    @Test func aBrokerThatLeadsNothingMayShutDownAtOnce() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        let answer = cluster.heartbeat(2, wantsShutdown: true)
        #expect(answer.shouldShutDown)
        #expect(answer.isFenced)
        #expect(cluster.summary() == "leader 1 isr [1] le 0 pe 1")
    }

    @Test func controlledShutdownMovesLeadersAndWaitsForTheOthers() {
        var cluster = Cluster(brokers: 3)
        cluster.create([[1, 2, 3], [2, 1, 3]])
        cluster.create([[1]], name: "shop")
        for id in Int32(2)...3 { cluster.heartbeat(id) }
        let start = cluster.log.count
        let first = cluster.heartbeat(1, wantsShutdown: true)
        #expect(!first.shouldShutDown)
        #expect(!first.isFenced)
        #expect(
            cluster.log[start...].map(\.word)
                == ["shutdown 1", "change 0", "change 1", "change 0"]
        )
        #expect(cluster.summary(0) == "leader 2 isr [2,3] le 1 pe 1")
        #expect(cluster.summary(1) == "leader 2 isr [2,3] le 0 pe 1")
        #expect(cluster.summary(of: "shop") == "leader -1 isr [1] le 1 pe 1")
        // Others have not read the records yet.
        #expect(!cluster.heartbeat(1, wantsShutdown: true).shouldShutDown)
        cluster.heartbeat(2)
        #expect(!cluster.heartbeat(1, wantsShutdown: true).shouldShutDown)
        cluster.heartbeat(3)
        let last = cluster.heartbeat(1, wantsShutdown: true)
        #expect(last.shouldShutDown)
        #expect(cluster.log.last?.word == "fence 1")
        // Then it may come back at once, and is no longer shutting down.
        #expect(cluster.register(1) == .none)
        cluster.unfence(1)
        #expect(cluster.controller.latest.isActive(BrokerID(1)))
    }

    @Test func brokersThatShutDownTogetherDoNotWaitForEachOther() {
        var cluster = Cluster(brokers: 3)
        cluster.create([[1, 2, 3], [2, 3, 1]])
        #expect(!cluster.heartbeat(1, offset: 0, wantsShutdown: true).shouldShutDown)
        #expect(!cluster.heartbeat(2, offset: 0, wantsShutdown: true).shouldShutDown)
        #expect(!cluster.heartbeat(1, offset: 0, wantsShutdown: true).shouldShutDown)
        cluster.heartbeat(3)
        #expect(cluster.heartbeat(1, offset: 0, wantsShutdown: true).shouldShutDown)
        #expect(cluster.heartbeat(2, offset: 0, wantsShutdown: true).shouldShutDown)
    }

    @Test func aBrokerInControlledShutdownIsNoLongerActive() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        cluster.heartbeat(1, wantsShutdown: true)
        #expect(!cluster.controller.latest.isActive(BrokerID(1)))
        #expect(cluster.controller.latest.isUnfenced(BrokerID(1)))
        #expect(cluster.alterISR([2, 1]).error == .ineligibleReplica)
    }

    @Test func anOfflineDirectoryTakesItsReplicasOut() {
        var cluster = Cluster()
        cluster.register(1, logDirs: [11])
        cluster.register(2, logDirs: [21, 22])
        cluster.unfence(1)
        cluster.unfence(2)
        cluster.create([[2, 1]])
        // The replica of a broker with two directories is nowhere yet, which counts as online.
        #expect(cluster.state().directories == [.unassigned, DirectoryID(11)])
        let start = cluster.log.count
        let answer = cluster.heartbeat(1, offline: [11])
        #expect(!answer.isFenced)
        #expect(cluster.log[start...].map(\.word) == ["change 0", "dirs 1"])
        #expect(cluster.summary() == "leader 2 isr [2] le 0 pe 1")
        // Reported again, it is news no more.
        let end = cluster.log.count
        cluster.heartbeat(1, offline: [11])
        #expect(cluster.log.count == end)
    }

    /// A sole member that returns with an empty directory is not elected at its unfencing, but once
    /// it has reported where its new, empty replica lives, the next election takes it.
    @Test func reportingANewDirectoryOpensTheWayToLead() {
        var cluster = Cluster(brokers: 2)
        cluster.create([[1, 2]])
        cluster.fence(2)
        cluster.fence(1)
        cluster.register(1, logDirs: [5_555])
        cluster.unfence(1)
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 2")
        func report(_ partitions: [TopicPartition], epoch: BrokerEpoch? = nil) -> ErrorCode {
            let known = cluster.controller.latest.broker(BrokerID(1))?.epoch ?? .none
            return cluster.admin(
                .assignReplicas(
                    BrokerID(1),
                    epoch ?? known,
                    directory: DirectoryID(5_555),
                    partitions
                )
            )
        }
        #expect(report([cluster.partition()], epoch: BrokerEpoch(0)) == .staleBrokerEpoch)
        #expect(report([cluster.partition(3)]) == .unknownTopicOrPartition)
        #expect(report([cluster.partition()]) == .none)
        #expect(cluster.state().directories == [DirectoryID(5_555), DirectoryID(1_002)])
        #expect(cluster.summary() == "leader -1 isr [1] le 1 pe 3")
        #expect(cluster.admin(.electLeaders(.preferred, [cluster.partition()])) == .none)
        #expect(cluster.summary() == "leader 1 isr [1] le 2 pe 4")
    }

    @Test func aReplicaReportedInAnOfflineDirectoryLeavesTheISR() {
        var cluster = Cluster()
        cluster.register(1, logDirs: [11, 12])
        cluster.register(2, logDirs: [21])
        cluster.unfence(1)
        cluster.unfence(2)
        cluster.create([[1, 2]])
        cluster.heartbeat(1, offline: [11])
        #expect(cluster.summary() == "leader 1 isr [1,2] le 0 pe 0")
        let epoch = cluster.controller.latest.broker(BrokerID(1))?.epoch ?? .none
        let report = AdminRequest.assignReplicas(
            BrokerID(1),
            epoch,
            directory: DirectoryID(11),
            [cluster.partition()]
        )
        #expect(cluster.admin(report) == .none)
        #expect(cluster.summary() == "leader 2 isr [2] le 1 pe 2")
    }
}
