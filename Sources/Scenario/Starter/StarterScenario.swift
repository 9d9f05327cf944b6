/// What `kafkasim init` writes.
public enum StarterScenario {
    /// A commented scenario in YAML that validates as it is.
    ///
    /// Of `name`, letters, digits, `-` and `_` are kept.
    public static func text(name: String = "my-scenario") -> String {
        let kept = name.filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
        }
        return template.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0 == "name: NAME" ? "name: \(kept.isEmpty ? "my-scenario" : kept)" : $0 }
            .joined(separator: "\n")
    }

    private static let template = """
        # A scenario of kafkasim. Run it with: kafkasim run FILE
        # Every key that Kafka has a name for is Kafka's own: paste from your properties files.
        name: NAME
        description: The leader of a partition is cut off from its followers, and then killed.

        # Every random choice derives from the seed; the same seed gives the same run.
        seed: 1
        # How long workload and timeline run, in virtual time.
        duration: 60s
        # Then faults are undone, dead nodes start again, and the cluster may become quiet.
        settle: 60s

        cluster:
          kafka.version: "4.0"
          brokers: 3
          controllers: 3
          # What stands in server.properties; `properties-file: server.properties` reads a real one.
          config:
            unclean.leader.election.enable: false

        # The network and the disks without faults.
        network:
          latency: { uniform: [0.2ms, 1ms] }
        disk:
          append: 0.02ms
          fsync: 2ms

        topics:
          - name: orders
            partitions: 3
            replication.factor: 3
            config:
              min.insync.replicas: 2

        producers:
          - name: shop
            topic: orders
            rate: 100/s          # or as-fast-as-possible
            count: 3000          # without it, until the duration ends
            value-size: 100      # bytes, at least 16
            keys: { uniform: 1000 }
            api: async           # or sync, fire-and-forget
            on-error: ignore     # or resend, stop, close-on-throw
            config:
              acks: all          # with 1, what the leader alone has is lost

        consumers:
          - group: billing
            members: 2
            topics: [orders]
            processing: { time: 0.1ms }
            commit: after-processing
            config:
              auto.offset.reset: earliest

        # What happens to the cluster. Targets are nodes (broker-1) or are resolved when the entry
        # fires: leader(orders-0), follower(orders-0, 1), controller, coordinator(billing), $name.
        timeline:
          - at: 10s
            partition: { between: [[leader(orders-0)], [followers(orders-0)]] }
            for: 20s
          - at: 12s
            kill: leader(orders-0)
            as: victim
          - at: 35s
            start: $victim

        # What must be true in the end; the exit status is 1 if something is not.
        expect:
          lost.acked: 0
          guarantee: at-least-once
          leaderless.max.ms: { max: 12000 }

        # All combinations of these values are run by: kafkasim compare FILE
        # matrix:
        #   producers.shop.config.acks: ["0", "1", "all"]
        #   topics.orders.config.min.insync.replicas: ["1", "2"]

        """
}
