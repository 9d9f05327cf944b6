import KafkaProtocol
import SimBase
import Testing

@testable import Scenario

@Suite struct DocumentTests {
    @Test func readsTheExample() throws {
        let document = try Build.document(Build.leaderKill)
        #expect(document.name == "leader-kill")
        #expect(document.duration == .seconds(60))
        #expect(document.settle.limit == .seconds(60))
        #expect(document.cluster.version == .latest)
        #expect(document.cluster.brokers.map(\.name) == ["broker-1", "broker-2", "broker-3"])
        #expect(document.cluster.controllers.map(\.id) == [4, 5, 6].map { BrokerID($0) })
        #expect(document.cluster.voters == [4, 5, 6].map { BrokerID($0) })
        #expect(document.network.latency == .uniform(.microseconds(200), .milliseconds(1)))
        #expect(document.disk.append == .microseconds(20))
        let orders = document.topics[0]
        #expect(document.names.text(orders.name) == "orders")
        #expect(orders.partitions == 3)
        #expect(orders.config.minInSyncReplicas == 2)
        #expect(orders.entries == [ConfigEntry(name: "min.insync.replicas", value: "2")])
        let shop = document.producers[0]
        #expect(
            shop.workload
                == .stream(
                    StreamSpec(
                        rate: .perPeriod(records: 1_000, period: .seconds(1)),
                        count: 30_000,
                        start: .zero
                    )
                )
        )
        #expect(shop.keys == .uniform(cardinality: 1_000))
        #expect(shop.config.acks == .all)
        let billing = document.consumers[0]
        #expect(billing.members == 1..<3)
        #expect(billing.commit == .afterProcessing)
        #expect(!billing.config.enableAutoCommit)
        #expect(billing.config.autoOffsetReset == .earliest)
        #expect(billing.processing.time == .microseconds(100))
        #expect(document.timeline[0].action == .kill(.leader(TopicPartition(orders.name, 0))))
        #expect(document.timeline[0].name == "victim")
        #expect(document.timeline[1].action == .start(.reference("victim"), StartOptions()))
        #expect(
            document.expectations.map(\.metric) == ["lost.acked", "guarantee", "leaderless.max.ms"]
        )
        #expect(document.expectations[2].bound == .range(least: nil, most: MetricNumber(12_000)))
        #expect(
            document.settings.contains(Setting(path: "producers.shop.config.acks", text: "all"))
        )
    }

    @Test func yamlAndJSONAreOneDocument() throws {
        let yaml = """
            $schema: ./scenario.schema.json
            name: leader-kill
            description: kill -9 of a partition leader under load
            seed: 1
            duration: 60s
            settle: 60s
            cluster:
              mode: kraft
              kafka.version: 4.0
              brokers: 3
              controllers: 3
              config:
                unclean.leader.election.enable: false
            network: { latency: { uniform: [0.2ms, 1ms] } }
            disk: { append: 0.02ms, fsync: 2ms }
            topics:
              - name: orders
                partitions: 3
                replication.factor: 3
                config: { min.insync.replicas: 2 }
            producers:
              - { name: shop, topic: orders, rate: 1000/s, count: 30000, value-size: 100,
                  keys: { uniform: 1000 }, api: async, on-error: ignore, config: { acks: all } }
            consumers:
              - group: billing
                members: 2
                topics: [orders]
                processing: { time: 0.1ms }
                commit: after-processing
                config: { auto.offset.reset: earliest }
            timeline:
              - { at: 10s, kill: leader(orders-0), as: victim }
              - { at: 25s, start: $victim }
            expect:
              lost.acked: 0
              guarantee: at-least-once
              leaderless.max.ms: { max: 12000 }
            """
        let source = try ScenarioSource(yaml, file: "test.yaml", format: .yaml)
        let fromYAML = try source.variants()[0]
        let fromJSON = try Build.document(Build.leaderKill)
        #expect(fromYAML.withoutPositions == fromJSON.withoutPositions)
    }

    @Test func aMinimalDocumentHasTheDefaults() throws {
        let document = try Build.document(#"{ "duration": "1s" }"#)
        #expect(document.name == "test")
        #expect(document.seed == 1)
        #expect(document.settle == SettleSpec())
        #expect(document.network == NetworkSpec())
        #expect(document.disk == DiskSpec())
        #expect(document.costs == CostSpec())
        #expect(document.cluster.brokers.count == 3)
        #expect(document.cluster.controllers.count == 3)
        #expect(document.cluster.features == Features())
    }

    @Test func seedsHaveSixtyFourBits() throws {
        let document = try Build.document(
            #"{ "duration": "1s", "seed": 18446744073709551615 }"#
        )
        #expect(document.seed == UInt64.max)
    }

    @Test func combinedBrokersAreTheVoters() throws {
        let document = try Build.document(
            #"{ "duration": "1s", "cluster": { "brokers": 2, "combined": true } }"#
        )
        #expect(document.cluster.isCombined)
        #expect(document.cluster.voters == [BrokerID(1), BrokerID(2)])
    }

    @Test func racksAndOverridesReachTheirNodes() throws {
        let document = try Build.document(
            #"""
            { "duration": "1s", "cluster": { "racks": ["a", "b"],
              "config": { "num.io.threads": 4 },
              "overrides": { "broker-2": { "num.io.threads": "2" },
                             "controller-1": { "metadata.max.idle.interval.ms": 100 } } } }
            """#
        )
        #expect(document.cluster.brokers.map(\.rack) == [0, 1, 0])
        #expect(document.cluster.brokers.map(\.config.ioThreads) == [4, 2, 4])
        #expect(document.cluster.controllers[0].config.metadataMaxIdle == .milliseconds(100))
        #expect(document.cluster.controllers[0].rack == -1)
    }

    @Test func levelsAndFlagsResolve() throws {
        let document = try Build.document(
            #"""
            { "duration": "1s", "cluster": { "kafka.version": "3.5",
              "features": { "pre-vote": true, "min-isr-gates-high-watermark": "true" } },
              "producers": [ { "name": "p", "topic": "t", "rate": "1/s" } ] }
            """#
        )
        #expect(document.cluster.features.preVote)
        #expect(document.cluster.features.minISRGatesHighWatermark)
        #expect(!document.cluster.features.exponentialRetryBackoff)
        #expect(document.producers[0].config.linger == .zero)
    }

    @Test func groupsAreNumberedThrough() throws {
        let document = try Build.document(
            #"""
            { "duration": "1s", "topics": [ { "name": "t" } ], "consumers": [
              { "group": "g", "members": 2, "topics": ["t"] },
              { "group": "g", "topics": ["t"], "start": "1s" } ],
              "timeline": [ { "at": "1s", "kill": "consumer/g-3" } ] }
            """#
        )
        #expect(document.consumers.map(\.members) == [1..<3, 3..<4])
        #expect(document.timeline[0].action == .kill(.node(.consumer(GroupName(0), member: 3))))
    }

    @Test func propertiesFilesLieUnderTheConfig() throws {
        let properties = """
            # comment
            acks=1
            linger.ms = 20
            batch.size:\\
              100
            """
        let json = #"""
            { "duration": "1s", "producers": [ { "name": "p", "topic": "t", "rate": "1/s",
              "properties-file": "p.properties", "config": { "linger.ms": 7 } } ] }
            """#
        let source = try ScenarioSource(
            json,
            file: "test.json",
            format: .json,
            files: .texts(["p.properties": properties])
        )
        let config = try source.variants()[0].producers[0].config
        #expect(config.acks == .leader)
        #expect(config.linger == .milliseconds(7))
        #expect(config.batchSize == 100)
        let problems = Build.problems(
            json,
            files: .texts(["p.properties": "acks=1\n  lingerms=20\n"])
        )
        #expect(problems.count == 1)
        #expect(
            problems.first?.position == SourcePosition(file: "p.properties", line: 2, column: 12)
        )
    }

    /// What a distribution ships as its example must be readable as it is.
    @Test func aRealServerFileIsAccepted() throws {
        let properties = """
            process.roles=broker,controller
            node.id=1
            controller.quorum.bootstrap.servers=localhost:9093
            listeners=PLAINTEXT://:9092,CONTROLLER://:9093
            inter.broker.listener.name=PLAINTEXT
            advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL
            num.network.threads=3
            num.io.threads=6
            socket.send.buffer.bytes=102400
            socket.receive.buffer.bytes=102400
            socket.request.max.bytes=104857600
            log.dirs=/disk1/kafka,/disk2/kafka
            num.partitions=2
            num.recovery.threads.per.data.dir=1
            offsets.topic.replication.factor=1
            share.coordinator.state.topic.replication.factor=1
            share.coordinator.state.topic.min.isr=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            #log.flush.interval.messages=10000
            log.retention.hours=1
            log.segment.bytes=1073741824
            log.retention.check.interval.ms=300000
            """
        let source = try ScenarioSource(
            #"{ "duration": "1s", "cluster": { "properties-file": "server.properties" } }"#,
            file: "test.json",
            format: .json,
            files: .texts(["server.properties": properties])
        )
        let config = try source.variants()[0].cluster.config
        #expect(config.ioThreads == 6)
        #expect(config.logDirCount == 2)
        #expect(config.defaultPartitions == 2)
        #expect(config.offsetsTopicReplicationFactor == 1)
        #expect(config.topicDefaults.retention == .seconds(3_600))
    }

    @Test func sendsKeepTheirDetails() throws {
        let document = try Build.document(
            #"""
            { "duration": "9s", "topics": [ { "name": "t" } ], "producers": [ { "name": "p",
              "topic": "t", "keys": "sequence", "on-error": ["resend", "close-on-throw"],
              "value-size": { "every": 10, "size": "1KiB", "otherwise": 16 },
              "sends": [ { "at": "1s", "count": 3, "every": "10ms", "key": null, "partition": 0,
                           "timestamp": "-2h" },
                         { "when": "records.acked >= 2", "key": "k", "value-size": 20 } ] } ] }
            """#
        )
        let producer = document.producers[0]
        #expect(producer.onError == [.resend, .closeOnThrow])
        #expect(producer.valueSize == .every(period: 10, size: 1_024, otherwise: 16))
        guard case .sends(let sends) = producer.workload else {
            Issue.record("no sends")
            return
        }
        #expect(sends[0].key == KeySpec.none)
        #expect(sends[0].every == .milliseconds(10))
        #expect(sends[0].timestamp == .relative(.seconds(-7_200)))
        #expect(sends[1].key == .list(["k"]))
        #expect(
            sends[1].trigger
                == .when(
                    Condition(
                        subject: .metric("records.acked"),
                        test: .compared(.greaterOrEqual, MetricNumber(2)),
                        text: "records.acked >= 2"
                    )
                )
        )
    }

    @Test func theStarterValidates() throws {
        let text = StarterScenario.text(name: "first-try")
        let source = try ScenarioSource(text, file: "first-try.yaml", format: .yaml)
        let document = try source.variants()[0]
        #expect(document.name == "first-try")
        #expect(document.timeline.count == 3)
    }

    @Test func theSchemaIsJSONAndNamesEverything() {
        let text = JSONSchema.text()
        var parser = JSONParser(text, file: "schema.json")
        let root = parser.parse()
        #expect(parser.problems.isEmpty)
        #expect(root?["properties"]?["producers"] != nil)
        for flag in FeatureFlag.all { #expect(text.contains("\"\(flag.name)\"")) }
        for scope in PropertyScope.allCases {
            for definition in PropertySchema.definitions(of: scope) {
                #expect(
                    root?["$defs"]?["\(scope.rawValue)-properties"]?["properties"]?[definition.name]
                        != nil
                )
            }
        }
        #expect(text == JSONSchema.text())
    }
}
