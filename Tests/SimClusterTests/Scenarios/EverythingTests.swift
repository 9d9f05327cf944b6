import Checkers
import Scenario
import SimCluster
import Testing

/// One scenario that uses every key, target and action of the format.
@Suite struct EverythingTests {
    @Test(arguments: [0, 3])
    func everyKeyAndActionAreUnderstoodAndBreakNoPromise(variant: Int) throws {
        let source = try ScenarioSource(Self.text, file: "everything.yaml", format: .yaml)
        let document = try source.variants()[variant]
        let result = Simulation(document, file: "everything.yaml").run()
        #expect(result.violations == [])
        #expect(PropertyTests.broken(result) == [])
        #expect(result.metric("action.made.result") == .text("NONE"))
        #expect(result.samples.count > 100)
    }

    private static let text = """
        name: everything
        duration: 40s
        settle: { for: 30s, keep-down: ["$down"] }
        cluster:
          kafka.version: "3.9"
          brokers: 3
          controllers: 1
          racks: [a, b]
          config: { unclean.leader.election.enable: false }
          overrides: { broker-2: { num.io.threads: 4 } }
          features: { truncation: on-fetch, min-isr-gates-high-watermark: true, pre-vote: false,
              metadata-commit-wakes-fetch: true }
        network: { latency: 0.3ms, loopback: { uniform: [0.02ms, 0.05ms] }, bandwidth: 10Gbps }
        disk: { append: 0.02ms, fsync: 2ms, throughput: 500MB }
        costs: { request: 50us, partition: 2us, throughput: 4GB }
        topics:
          - { name: orders, assignment: [[1,2,3],[2,3,1]], config: { max.message.bytes: 1048588 } }
        producers:
          - { name: shop, topic: orders, rate: 50/s, value-size: { uniform: [16, 200] },
              keys: { zipf: 20 }, on-error: [resend, stop], api: async, config: { acks: all } }
          - { name: two, topic: orders, value-size: { every: 3, size: 1000, otherwise: 20 },
              sends: [ { at: 1s, count: 3, every: 10ms, key: k, partition: 1, timestamp: -2h },
              { when: "records.acked >= 100", count: 2 } ] }
        consumers:
          - { group: g, members: 2, topics: [orders], start: 1s, processing: { time: 1ms,
              mode: workers, workers: 3 }, commit: async-after-processing, fail: { every: 1000,
              action: skip }, config: { auto.offset.reset: earliest, group.instance.id: s,
              enable.auto.commit: false } }
        timeline:
          - { at: 2s, kill: { target: broker-3 }, for: 2s }
          - { at: 2s, crash: { target: "random(isr(orders-1))", keep: random }, for: 3s, as: down }
          - { at: 3s, fsync: all(brokers) }
          - { at: 8s, stop: { target: producer/shop, timeout: 0s }, for: 1s, as: s1 }
          - { at: 12s, start: { target: broker-3, wipe: true }, optional: true }
          - { at: 12s, start: { target: producer/shop, resend-unresolved: true } }
          - { at: 13s, pause: consumer/g-1, for: 1s }
          - { at: 14s, partition: { between: [[broker-1], [all(clients), controller]],
              direction: forward }, as: cut }
          - { at: 15s, heal: cut }
          - { at: 15s, isolate: coordinator(g), for: 500ms, optional: true }
          - { at: 16s, link: { from: all(clients), to: all(servers), latency: { uniform: [1ms,
              2ms] }, apis: [Fetch] }, for: 1s }
          - { at: 17s, respond: { from: "leader(orders-0)", api: Produce, reset: after-execution,
              times: 2 }, optional: true }
          - { at: 17s, disk: { target: broker-1, slow: 20 }, for: 1s }
          - { at: 18s, clock: { target: broker-1, jump: -5m, drift-ppm: 200 }, for: 1s }
          - { at: 18s, configure: { topic: orders, set: { min.insync.replicas: 1 },
              unset: [retention.ms] } }
          - { at: 18s, configure: { broker: default, set: { message.max.bytes: 2000000 } } }
          - { at: 19s, create-topic: { name: more, partitions: 2, replication.factor: 2 },
              as: made }
          - { at: 20s, delete-topic: more }
          - { at: 20s, add-partitions: { topic: orders, to: 3, assignment: [[3,1,2]] } }
          - { at: 21s, reassign: { partition: orders-0, replicas: [2,3,1] } }
          - { at: 22s, reassign: { partition: orders-0, cancel: true } }
          - { at: 22s, elect-leaders: { type: preferred, partitions: [orders-0] } }
          - { at: 23s, delete-records: { partition: orders-0, before: 5 } }
          - { at: 23s, send: { producer: two, count: 3, value-size: 100, key: x } ,
              repeat: { every: 2s, times: 3 } }
          - { when: "leader(orders-0) == broker-2", check: { "records.acked": { min: 1 } } }
          - { when: "controller changed", kill: controller-1 }
          - { when: "coordinator(g) changed", check: { lost.acked: 0 } }
        expect:
          guarantee: at-least-once
          lost.acked: { max: 0, if: { producers.shop.config.acks: all } }
          replica.orders-0.1.log-end-offset: { min: 1 }
          group.g.committed.orders-0: { min: 1 }
          group.g.errors.CommitFailedException: 0
          action.made.result: NONE
        matrix: { "producers.*.config.acks": ["1", "all"], "consumers.g.members": [1, 2],
            "topics.0.config.min.insync.replicas": [1] }
        """
}
