import KafkaProtocol
import SimBase
import Testing

@testable import Scenario

@Suite struct TimelineTests {
    static let orders = TopicPartition(TopicName(3), 0)
    static let broker1 = NodeSelector.node(.broker(BrokerID(1)))

    static let actions: [(String, Action)] = [
        (#""kill": "leader(orders-0)""#, .kill(.leader(orders))),
        (
            #""kill": ["broker-1", "controller-2"]"#,
            .kill(.list([broker1, .node(.controller(BrokerID(5)))]))
        ),
        (#""kill": "follower(orders-0, 1)""#, .kill(.follower(orders, 1))),
        (#""kill": "followers(orders-0)""#, .kill(.followers(orders))),
        (#""kill": "isr(orders-0)""#, .kill(.isr(orders))),
        (#""kill": "controller""#, .kill(.controller)),
        (#""kill": "coordinator(billing)""#, .kill(.coordinator(GroupName(0)))),
        (#""kill": "random(brokers)""#, .kill(.random(.all(.brokers)))),
        (#""kill": "random(isr(orders-0))""#, .kill(.random(.isr(orders)))),
        (#""kill": "all(brokers)""#, .kill(.all(.brokers))),
        (#""kill": "producer/shop""#, .kill(.node(.producer(0)))),
        (#""kill": "consumer/billing-2""#, .kill(.node(.consumer(GroupName(0), member: 2)))),
        (#""crash": "broker-1""#, .crash(broker1, keeps: .random)),
        (#""crash": { "target": "broker-1", "keep": "synced" }"#, .crash(broker1, keeps: .synced)),
        (#""fsync": "broker-1""#, .fsync(broker1)),
        (
            #""stop": { "target": "producer/shop", "timeout": "0s" }"#,
            .stop(.node(.producer(0)), timeout: .zero)
        ),
        (#""pause": "broker-1""#, .pause(broker1)),
        (
            #""partition": { "between": [["broker-1"], ["broker-2", "broker-3"]] }"#,
            .partition(
                PartitionFault(
                    sides: [
                        .list([broker1]),
                        .list([.node(.broker(BrokerID(2))), .node(.broker(BrokerID(3)))]),
                    ],
                    direction: .both
                )
            )
        ),
        (#""isolate": "controller""#, .isolate(.controller)),
        (#""heal": "all""#, .heal(nil)),
        (
            #""link": { "from": "broker-1", "to": "all(clients)", "latency": "5ms", "apis": ["Fetch"] }"#,
            .link(
                LinkFault(
                    from: broker1,
                    to: .all(.clients),
                    latency: .fixed(.milliseconds(5)),
                    lossPartsPerMillion: 0,
                    bandwidthBitsPerSecond: nil,
                    apis: [.fetch]
                )
            )
        ),
        (
            #""respond": { "from": "broker-1", "api": "Produce", "error": "NOT_ENOUGH_REPLICAS", "times": 2 }"#,
            .respond(
                ResponseFault(
                    from: broker1,
                    api: .produce,
                    manner: .error(.notEnoughReplicas),
                    times: 2
                )
            )
        ),
        (
            #""respond": { "from": "broker-1", "api": "Produce", "reset": "after-execution" }"#,
            .respond(
                ResponseFault(from: broker1, api: .produce, manner: .resetAfterExecution, times: 1)
            )
        ),
        (
            #""disk": { "target": "broker-1", "slow": 20, "corrupt": { "topic": "orders", "partition": 0, "offset": 5 } }"#,
            .disk(
                DiskFault(
                    target: broker1,
                    logDir: nil,
                    effects: [.slow(factor: 20), .corrupt(orders, Offset(5))]
                )
            )
        ),
        (
            #""clock": { "target": "broker-1", "jump": "-5m", "drift-ppm": 200 }"#,
            .clock(
                ClockFault(target: broker1, jump: .seconds(-300), driftPartsPerMillion: 200)
            )
        ),
        (
            #""configure": { "topic": "orders", "set": { "min.insync.replicas": 2 }, "unset": ["retention.ms"] }"#,
            .configure(
                .topic(orders.topic),
                [
                    ConfigEntry(name: "min.insync.replicas", value: "2"),
                    ConfigEntry(name: "retention.ms", value: nil),
                ]
            )
        ),
        (
            #""configure": { "broker": "default", "set": { "message.max.bytes": "100" } }"#,
            .configure(.allBrokers, [ConfigEntry(name: "message.max.bytes", value: "100")])
        ),
        (#""delete-topic": { "name": "orders" }"#, .deleteTopic(orders.topic)),
        (
            #""add-partitions": { "topic": "orders", "to": 4 }"#,
            .addPartitions(orders.topic, to: 4, assignment: nil)
        ),
        (
            #""reassign": { "partition": "orders-0", "replicas": [2, 3, 1] }"#,
            .reassign(orders, [2, 3, 1].map { BrokerID($0) })
        ),
        (#""reassign": { "partition": "orders-0", "cancel": true }"#, .reassign(orders, nil)),
        (
            #""elect-leaders": { "type": "unclean", "partitions": ["orders-0"] }"#,
            .electLeaders(.unclean, [orders])
        ),
        (
            #""delete-records": { "partition": "orders-0", "before": 7 }"#,
            .deleteRecords(orders, before: Offset(7))
        ),
        (
            #""send": { "producer": "shop", "value-size": "2MB", "key": "k" }"#,
            .send(
                ExtraSend(
                    producer: 0,
                    count: 1,
                    every: nil,
                    valueSize: .fixed(2_000_000),
                    key: .list(["k"]),
                    partition: nil,
                    timestamp: nil
                )
            )
        ),
    ]

    @Test(arguments: actions.indices)
    func readsEachAction(_ index: Int) throws {
        let (text, action) = TimelineTests.actions[index]
        let document = try Build.document(Build.timeline("{ \"at\": \"1s\", \(text) }"))
        #expect(document.timeline.map(\.action) == [action])
        #expect(document.timeline[0].trigger == .at(.zero + .seconds(1)))
    }

    @Test func qualifiersAreKept() throws {
        let document = try Build.document(
            Build.timeline(
                #"""
                { "when": "isr(orders-0) < 2", "pause": "controller", "for": "3s", "as": "p",
                  "repeat": { "every": "5s", "times": 4 }, "optional": true }
                """#
            )
        )
        let entry = document.timeline[0]
        #expect(entry.duration == .seconds(3))
        #expect(entry.name == "p")
        #expect(entry.repetition == Repetition(every: .seconds(5), times: 4))
        #expect(entry.isOptional)
        #expect(entry.path == "timeline[0]")
        guard case .when(let condition) = entry.trigger else {
            Issue.record("no condition")
            return
        }
        #expect(condition.subject == .isrSize(TimelineTests.orders))
        #expect(condition.test == .compared(.less, MetricNumber(2)))
    }

    @Test func changesOfALeaderAreConditions() throws {
        let document = try Build.document(
            Build.timeline(#"{ "when": "leader(orders-0) changed", "kill": "broker-1" }"#)
        )
        guard case .when(let condition) = document.timeline[0].trigger else {
            Issue.record("no condition")
            return
        }
        #expect(condition.subject == .leader(TimelineTests.orders))
        #expect(condition.test == .changed)
    }

    @Test func createdTopicsAndPartitionsMayBeNamed() throws {
        let document = try Build.document(
            Build.timeline(
                #"""
                { "at": "1s", "create-topic": { "name": "new", "partitions": 2,
                  "replication.factor": 9, "config": { "retention.ms": 5 } }, "as": "c" },
                { "at": "2s", "kill": "leader(new-1)" },
                { "at": "3s", "add-partitions": { "topic": "orders", "to": 5 } },
                { "at": "4s", "check": { "partition.orders-4.leader": null,
                                         "records.acked": { "min": 100 },
                                         "action.c.result": "INVALID_REPLICATION_FACTOR" } }
                """#
            )
        )
        guard case .createTopic(let topic) = document.timeline[0].action,
            case .check(let expectations) = document.timeline[3].action
        else {
            Issue.record("wrong actions")
            return
        }
        #expect(topic.replicationFactor == 9)
        #expect(document.names.text(topic.name) == "new")
        #expect(
            expectations.map(\.bound) == [
                .equals(.null), .range(least: MetricNumber(100), most: nil),
                .equals(.text("INVALID_REPLICATION_FACTOR")),
            ]
        )
    }

    @Test func settleKeepsNodesDown() throws {
        let document = try Build.document(
            Build.around(
                #"""
                "settle": { "for": "5s", "restart": true, "keep-down": ["$v", "broker-2"] },
                "timeline": [ { "at": "1s", "kill": "broker-1", "as": "v" } ]
                """#
            )
        )
        #expect(document.settle.limit == .seconds(5))
        #expect(document.settle.keepsDown == [.reference("v"), .node(.broker(BrokerID(2)))])
    }

    @Test func metricsOfAllFamiliesAreKnown() throws {
        let document = try Build.document(
            Build.around(
                #"""
                "expect": { "errors.TimeoutException": 1, "responses.NOT_ENOUGH_REPLICAS": 2,
                  "partition.orders-0.isr": [1, 2], "replica.orders-0.2.log-end-offset": 5,
                  "group.billing.processed": 5, "group.billing.lag.max": { "max": 1.5 },
                  "group.billing.committed.orders-2": 4, "group.billing.end-to-end.lost": 0,
                  "group.billing.errors.CommitFailedException": 0, "producer.shop.blocked.ms": 0,
                  "producer.shop.epoch-bumps": 0, "requests.Produce": { "min": 1 },
                  "ack.latency.p99.ms": { "max": 12.5 }, "virtual.ms": { "min": 1 } }
                """#
            )
        )
        #expect(document.expectations.count == 14)
        #expect(document.expectations[2].bound == .equals(.list([1, 2])))
    }
}
