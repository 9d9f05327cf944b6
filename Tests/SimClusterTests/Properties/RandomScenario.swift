import SimBase

/// The text of a small scenario that follows from one number: a cluster of three brokers, a few
/// hundred records, and whatever the number makes of the timeline.
///
/// It is a text and not a document so that a failure is reported as a file that can be run.
struct RandomScenario {
    private var random: Random
    private let seed: UInt64
    private let partitions: Int
    private let replicas: Int
    private let controllers: Int
    private let isCombined: Bool
    private var lines: [String] = []
    private var names = 0

    init(seed: UInt64) {
        self.seed = seed
        random = Seed(seed).stream("scenario")
        partitions = 1 + random.next(below: 3)
        replicas = 1 + min(2, random.next(below: 6))
        isCombined = random.next(below: 4) == 0
        controllers = random.next(below: 3) == 0 ? 1 : 3
    }

    /// The scenario as a JSON document.
    mutating func text() -> String {
        let producers = (0..<(1 + random.next(below: 2))).map { producer($0) }
        let consumers = (0..<random.next(below: 3)).map { consumer($0) }
        let faults = 1 + random.next(below: 6)
        for _ in 0..<faults { addFault() }
        let cluster =
            isCombined
            ? #""brokers": 3, "combined": true"#
            : #""brokers": 3, "controllers": \#(controllers)"#
        return """
            {
              "name": "random-\(seed)", "seed": \(seed), "duration": "15s", "settle": "60s",
              "cluster": { \(cluster), "config": { \(serverConfig()) } },
              "topics": [ { "name": "orders", "partitions": \(partitions),
                "replication.factor": \(replicas), "config": { \(topicConfig()) } } ],
              "producers": [
                \(producers.joined(separator: ",\n    "))
              ],
              "consumers": [
                \(consumers.joined(separator: ",\n    "))
              ],
              "timeline": [
                \(lines.joined(separator: ",\n    "))
              ]
            }
            """
    }

    // MARK: Configuration

    private mutating func pick<Item>(_ items: [Item]) -> Item {
        items[random.next(below: items.count)]
    }

    private mutating func isOnce(in count: Int) -> Bool {
        random.next(below: count) == 0
    }

    private mutating func serverConfig() -> String {
        var entries = [#""offsets.topic.num.partitions": "2""#]
        if isOnce(in: 2) { entries.append(#""replica.lag.time.max.ms": "3000""#) }
        if isOnce(in: 3) { entries.append(#""broker.session.timeout.ms": "3000""#) }
        if isOnce(in: 4) { entries.append(#""auto.leader.rebalance.enable": "false""#) }
        return entries.joined(separator: ", ")
    }

    private mutating func topicConfig() -> String {
        var entries = [#""min.insync.replicas": "\#(1 + random.next(below: min(2, replicas)))""#]
        if isOnce(in: 5) { entries.append(#""unclean.leader.election.enable": "true""#) }
        if isOnce(in: 6) { entries.append(#""flush.messages": "1""#) }
        if isOnce(in: 6) { entries.append(#""segment.ms": "3000""#) }
        return entries.joined(separator: ", ")
    }

    private mutating func producer(_ number: Int) -> String {
        var config = [#""acks": "\#(pick(["0", "1", "all", "all", "all"]))""#]
        if isOnce(in: 3) {
            config.append(#""enable.idempotence": "false""#)
            config.append(#""max.in.flight.requests.per.connection": "\#(pick([1, 3, 8]))""#)
        }
        if isOnce(in: 3) {
            config.append(#""request.timeout.ms": "2000", "delivery.timeout.ms": "4000""#)
        }
        if isOnce(in: 3) { config.append(#""linger.ms": "\#(pick([0, 20, 200]))""#) }
        if isOnce(in: 5) { config.append(#""batch.size": "300""#) }
        if isOnce(in: 6) { config.append(#""retries": "\#(pick([0, 2]))""#) }
        if isOnce(in: 6) { config.append(#""max.block.ms": "500", "buffer.memory": "4096""#) }
        if isOnce(in: 6) { config.append(#""compression.type": "none""#) }
        let api = pick(["async", "async", "sync", "fire-and-forget"])
        let onError = pick(["ignore", "ignore", "resend", "stop"])
        let keys = pick(["null", #"{ "uniform": 10 }"#, #""sequence""#, #"{ "zipf": 20 }"#])
        let rate = pick(["20/s", "40/s", "200/s", "as-fast-as-possible"])
        return """
            { "name": "p\(number)", "topic": "orders", "rate": "\(rate)", "count": 150, \
            "value-size": \(pick([16, 100, 400])), "keys": \(keys), "api": "\(api)", \
            "on-error": "\(onError)", "config": { \(config.joined(separator: ", ")) } }
            """
    }

    private mutating func consumer(_ number: Int) -> String {
        let commit = pick([
            "auto", "before-processing", "after-processing", "async-after-processing",
            "per-record", "none",
        ])
        var config = [#""auto.offset.reset": "earliest""#]
        config.append(#""enable.auto.commit": "\#(commit == "auto")""#)
        if isOnce(in: 2) { config.append(#""max.poll.records": "10""#) }
        if isOnce(in: 3) {
            config.append(#""session.timeout.ms": "6000", "heartbeat.interval.ms": "1000""#)
        }
        if isOnce(in: 4) {
            config.append(
                #""partition.assignment.strategy": "org.apache.kafka.clients.consumer."#
                    + #"CooperativeStickyAssignor""#
            )
        }
        return """
            { "group": "g\(number)", "members": \(1 + random.next(below: 2)), \
            "topics": ["orders"], "start": "\(random.next(below: 3))s", \
            "processing": { "time": "\(pick(["0ms", "1ms", "20ms"]))" }, \
            "commit": "\(commit)", "config": { \(config.joined(separator: ", ")) } }
            """
    }

    // MARK: Faults

    private mutating func instant() -> String {
        "\(200 + random.next(below: 12_000))ms"
    }

    private mutating func span() -> String {
        "\(pick([300, 1_500, 4_000, 8_000]) + random.next(below: 500))ms"
    }

    private var partition: String { "orders-0" }

    private mutating func server() -> String {
        let broker = "broker-\(1 + random.next(below: 3))"
        return pick([broker, "leader(orders-0)", "controller", broker, "random(isr(orders-0))"])
    }

    private mutating func client() -> String {
        pick(["producer/p0", "producer/p0", "random(clients)"])
    }

    private mutating func add(_ action: String, lasts: Bool) {
        let duration = lasts ? #""for": "\#(span())", "# : ""
        lines.append(
            #"{ "at": "\#(instant())", \#(duration)"optional": true, \#(action) }"#
        )
    }

    private mutating func addFault() {
        switch random.next(below: 20) {
        case 0...2: add(#""kill": "\#(server())""#, lasts: !isOnce(in: 4))
        case 3: add(#""kill": "all(brokers)""#, lasts: true)
        case 4, 5:
            let keep = pick(["synced", "random"])
            add(#""crash": { "target": "\#(server())", "keep": "\#(keep)" }"#, lasts: true)
        case 6: add(#""crash": { "target": "isr(orders-0)", "keep": "random" }"#, lasts: true)
        case 7, 8: add(#""pause": "\#(server())""#, lasts: true)
        case 9:
            add(
                #""partition": { "between": [["leader(orders-0)"], "#
                    + #"["\#(pick(["all(brokers)", "all(controllers)", "all(clients)"]))"]] }"#,
                lasts: true
            )
        case 10: add(#""isolate": "\#(server())""#, lasts: true)
        case 11: addLink()
        case 12: addAnswer()
        case 13: add(#""stop": "\#(server())""#, lasts: true)
        case 14: addClientFault()
        case 15: addAdministration()
        case 16: addDiskFault()
        case 17: add(#""kill": ["\#(server())", "\#(client())"]"#, lasts: true)
        case 18:
            add(
                #""clock": { "target": "\#(server())", "jump": "\#(pick(["-3s", "5s"]))" }"#,
                lasts: false
            )
        default: add(#""check": { "records.failed": { "min": 0 } }"#, lasts: false)
        }
    }

    private mutating func addLink() {
        let shape = pick([
            #""latency": "300ms""#, #""loss": 0.05"#, #""loss": 0.4"#, #""bandwidth": "1Mbps""#,
            #""latency": "800ms", "apis": ["Fetch"]"#,
        ])
        let ends = pick([("all(clients)", "all(brokers)"), ("all(brokers)", "all(brokers)")])
        add(#""link": { "from": "\#(ends.0)", "to": "\#(ends.1)", \#(shape) }"#, lasts: true)
    }

    private mutating func addAnswer() {
        let api = pick(["Produce", "Fetch", "OffsetCommit", "Heartbeat", "Metadata"])
        if isOnce(in: 2) {
            add(
                #""respond": { "from": "all(brokers)", "api": "\#(api)", "#
                    + #""reset": "after-execution", "times": \#(1 + random.next(below: 3)) }"#,
                lasts: true
            )
        } else {
            let error = pick(["NOT_LEADER_OR_FOLLOWER", "NOT_ENOUGH_REPLICAS", "REQUEST_TIMED_OUT"])
            add(
                #""respond": { "from": "leader(orders-0)", "api": "Produce", "#
                    + #""error": "\#(error)", "times": \#(1 + random.next(below: 4)) }"#,
                lasts: true
            )
        }
    }

    private mutating func addClientFault() {
        let verb = pick(["kill", "pause", "stop"])
        add(#""\#(verb)": "\#(client())""#, lasts: true)
    }

    private mutating func addAdministration() {
        var ids = [1, 2, 3]
        random.shuffle(&ids)
        let targets = ids.prefix(replicas).map(String.init).joined(separator: ",")
        let action = pick([
            #""reassign": { "partition": "orders-0", "replicas": [\#(targets)] }"#,
            #""elect-leaders": { "partitions": ["orders-0"] }"#,
            #""add-partitions": { "topic": "orders", "to": \#(partitions + 1) }"#,
            #""delete-records": { "partition": "orders-0", "before": 20 }"#,
            #""configure": { "topic": "orders", "set": { "min.insync.replicas": "1" } }"#,
            #""send": { "producer": "p0", "count": 5 }"#,
        ])
        add(action, lasts: false)
    }

    private mutating func addDiskFault() {
        if isOnce(in: 2) {
            add(#""disk": { "target": "\#(server())", "slow": 50 }"#, lasts: true)
        } else {
            add(#""fsync": "\#(server())""#, lasts: false)
        }
    }
}
