import Testing

@testable import Scenario

/// One wrong thing in a document, and what must be said of it.
struct WrongDocument: CustomTestStringConvertible, Sendable {
    let kind: ScenarioProblem.Kind
    let path: String
    let line: Int
    let column: Int
    let json: String
    var suggestion: String?

    var testDescription: String { "\(kind) \(path)" }

    /// The marker `^` stands before the place of the error.
    init(
        _ kind: ScenarioProblem.Kind,
        _ path: String,
        _ marked: String,
        suggestion: String? = nil
    ) {
        self.kind = kind
        self.path = path
        self.suggestion = suggestion
        json = marked.filter { $0 != "^" }
        let before = marked.prefix { $0 != "^" }
        line = before.filter { $0 == "\n" }.count + 1
        column =
            (before.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0) + 1
    }
}

@Suite struct ProblemTests {
    static let wrong: [WrongDocument] = [
        .init(.syntax, "", #"{ "duration": "1s" ^"name": "x" }"#),
        .init(.syntax, "", #"{ "duration": "1s", ^}"#),
        .init(.syntax, "", #"{ "duration": 0^1 }"#),
        .init(.duplicateKey, "seed", #"{ "duration": "1s", "seed": 1, ^"seed": 2 }"#),
        .init(
            .unknownKey,
            "durration",
            #"{ "duration": "1s", ^"durration": "1s" }"#,
            suggestion: "duration"
        ),
        .init(.missingKey, "", #"^{ }"#),
        .init(.wrongType, "duration", #"{ "duration": ^60 }"#),
        .init(.invalidValue, "duration", #"{ "duration": ^"60" }"#),
        .init(.wrongType, "topics", #"{ "duration": "1s", "topics": ^{} }"#),
        .init(
            .invalidValue,
            "producers[0].config.acks",
            Build.producer(#""config": { "acks": ^"2" }"#)
        ),
        .init(
            .unknownProperty,
            "producers[0].config.ack",
            Build.producer(#""config": { "ack": ^"1" }"#),
            suggestion: "acks"
        ),
        .init(.unknownKey, "producers[0].acks", Build.producer(#"^"acks": "1""#)),
        .init(
            .conflict,
            "producers[0].config.acks",
            Build.producer(#""config": { "acks": ^"1", "enable.idempotence": true }"#)
        ),
        .init(
            .conflict,
            "producers[0].config.delivery.timeout.ms",
            Build.producer(#""config": { "delivery.timeout.ms": ^1000 }"#)
        ),
        .init(
            .unsupported,
            "producers[0].config.compression.type",
            Build.producer(#""config": { "compression.type": ^"gzip" }"#)
        ),
        .init(
            .unsupported,
            "producers[0].transactional",
            Build.producer(#""transactional": ^{ "records-per-transaction": 5 }"#)
        ),
        .init(.invalidValue, "producers[0].value-size", Build.producer(#""value-size": ^15"#)),
        .init(
            .invalidValue,
            "producers[0].api",
            Build.producer(#""api": ^"asinc""#),
            suggestion: "async"
        ),
        .init(
            .invalidValue,
            "producers[0].rate",
            #"{ "duration": "1s", "producers": [ { "name": "p", "topic": "t", "rate": ^"fast" } ] }"#
        ),
        .init(
            .missingKey,
            "producers[0]",
            #"{ "duration": "1s", "producers": [ ^{ "name": "p", "topic": "t" } ] }"#
        ),
        .init(
            .duplicateName,
            "producers[1].name",
            #"""
            { "duration": "1s", "producers": [
              { "name": "p", "topic": "t", "rate": "1/s" },
              { "name": ^"p", "topic": "t", "rate": "1/s" } ] }
            """#
        ),
        .init(
            .unknownName,
            "producers[0].topic",
            #"""
            { "duration": "1s", "cluster": { "config": { "auto.create.topics.enable": false } },
              "topics": [ { "name": "orders" } ],
              "producers": [ { "name": "p", "topic": ^"order", "rate": "1/s" } ] }
            """#,
            suggestion: "orders"
        ),
        .init(
            .invalidValue,
            "topics[0].replication.factor",
            #"{ "duration": "1s", "topics": [ { "name": "t", "replication.factor": ^4 } ] }"#
        ),
        .init(
            .duplicateName,
            "topics[1].name",
            #"{ "duration": "1s", "topics": [ { "name": "t" }, { "name": ^"t" } ] }"#
        ),
        .init(
            .invalidValue,
            "topics[0].name",
            #"{ "duration": "1s", "topics": [ { "name": ^"a b" } ] }"#
        ),
        .init(
            .invalidValue,
            "topics[0].assignment",
            #"{ "duration": "1s", "topics": [ { "name": "t", "assignment": ^[[1,2],[3]] } ] }"#
        ),
        .init(
            .invalidValue,
            "topics[0].config.segment.bytes",
            #"{ "duration": "1s", "topics": [ { "name": "t", "config": { "segment.bytes": ^100 } } ] }"#
        ),
        .init(
            .unsupported,
            "cluster.kafka.version",
            #"{ "duration": "1s", "cluster": { "kafka.version": ^"2.8" } }"#
        ),
        .init(
            .invalidValue,
            "cluster.kafka.version",
            #"{ "duration": "1s", "cluster": { "kafka.version": ^"5.0" } }"#
        ),
        .init(
            .unsupported,
            "cluster.mode",
            #"{ "duration": "1s", "cluster": { "mode": ^"zookeeper" } }"#
        ),
        .init(
            .unsupported,
            "cluster.features.isr-change",
            #"{ "duration": "1s", "cluster": { "features": { "isr-change": ^"zookeeper" } } }"#
        ),
        .init(
            .unknownKey,
            "cluster.features.prevote",
            #"{ "duration": "1s", "cluster": { "features": { ^"prevote": true } } }"#,
            suggestion: "pre-vote"
        ),
        .init(
            .conflict,
            "cluster.config.log.retention.minutes",
            #"{ "duration": "1s", "cluster": { "config": { "log.retention.minutes": ^0 } } }"#
        ),
        .init(
            .unknownProperty,
            "topics[0].config.log.retention.hours",
            #"{ "duration": "1s", "topics": [ { "name": "t", "config": { "log.retention.hours": ^1 } } ] }"#,
            suggestion: "retention.ms"
        ),
        .init(
            .unknownProperty,
            "cluster.config.max.message.bytes",
            #"{ "duration": "1s", "cluster": { "config": { "max.message.bytes": ^1 } } }"#,
            suggestion: "message.max.bytes"
        ),
        .init(
            .unknownName,
            "cluster.overrides.broker-4",
            #"{ "duration": "1s", "cluster": { "overrides": { ^"broker-4": {} } } }"#,
            suggestion: "broker-1"
        ),
        .init(
            .conflict,
            "consumers[0].config.session.timeout.ms",
            Build.consumer(#""config": { "session.timeout.ms": ^2000 }"#)
        ),
        .init(
            .conflict,
            "consumers[0].commit",
            Build.consumer(#""commit": ^"auto", "config": { "enable.auto.commit": false }"#)
        ),
        .init(
            .unsupported,
            "consumers[0].config.group.protocol",
            Build.consumer(#""config": { "group.protocol": ^"consumer" }"#)
        ),
        .init(
            .unsupported,
            "processors[0]",
            #"{ "duration": "1s", "processors": [ ^{ "group": "g", "from": "a", "to": "b" } ] }"#
        ),
        .init(.tooLate, "timeline[0].at", Build.timeline(#"{ "at": ^"61s", "kill": "broker-1" }"#)),
        .init(
            .tooLate,
            "timeline[0].repeat",
            Build.timeline(
                #"{ "at": "50s", "kill": "broker-1", "repeat": ^{ "every": "6s", "times": 3 } }"#
            )
        ),
        .init(.missingKey, "timeline[0]", Build.timeline(#"^{ "kill": "broker-1" }"#)),
        .init(.missingKey, "timeline[0]", Build.timeline(#"^{ "at": "1s" }"#)),
        .init(
            .invalidValue,
            "timeline[0].start",
            Build.timeline(#"{ "at": "1s", "kill": "broker-1", ^"start": "broker-1" }"#)
        ),
        .init(
            .unknownName,
            "timeline[0].kill",
            Build.timeline(#"{ "at": "1s", "kill": ^"leader(orders-7)" }"#)
        ),
        .init(
            .unknownName,
            "timeline[0].kill",
            Build.timeline(#"{ "at": "1s", "kill": ^"leader(order-0)" }"#),
            suggestion: "orders"
        ),
        .init(
            .unknownName,
            "timeline[0].kill",
            Build.timeline(#"{ "at": "1s", "kill": ^"coordinator(biling)" }"#),
            suggestion: "billing"
        ),
        .init(
            .unknownName,
            "timeline[0].kill",
            Build.timeline(#"{ "at": "1s", "kill": ^"broker-9" }"#),
            suggestion: "broker-1"
        ),
        .init(
            .unknownName,
            "timeline[0].kill[1]",
            Build.timeline(#"{ "at": "1s", "kill": ["broker-1", ^"consumer/billing-3"] }"#),
            suggestion: "consumer/billing-1"
        ),
        .init(
            .unknownName,
            "timeline[0].kill",
            Build.timeline(#"{ "at": "1s", "kill": ^"leadr(orders-0)" }"#),
            suggestion: "leader"
        ),
        .init(
            .unknownName,
            "timeline[0].start",
            Build.timeline(#"{ "at": "1s", "start": ^"$victim" }"#)
        ),
        .init(
            .unknownName,
            "timeline[0].start",
            Build.timeline(
                #"{ "at": "1s", "start": ^"$v" }, { "at": "2s", "kill": "broker-1", "as": "v" }"#
            )
        ),
        .init(
            .duplicateName,
            "timeline[1].as",
            Build.timeline(
                #"{ "at": "1s", "kill": "broker-1", "as": "v" }, { "at": "2s", "kill": "broker-2", "as": ^"v" }"#
            )
        ),
        .init(
            .invalidValue,
            "timeline[0].for",
            Build.timeline(#"{ "at": "1s", "start": "broker-1", "for": ^"1s" }"#)
        ),
        .init(
            .unsupported,
            "timeline[0].kill",
            Build.timeline(#"{ "at": "1s", "kill": ^"zookeeper-leader" }"#)
        ),
        .init(
            .invalidValue,
            "timeline[0].when",
            Build.timeline(#"{ "when": ^"soon", "kill": "broker-1" }"#)
        ),
        .init(
            .unknownName,
            "timeline[0].when",
            Build.timeline(#"{ "when": ^"record.acked > 5", "kill": "broker-1" }"#),
            suggestion: "records.acked"
        ),
        .init(
            .unknownName,
            "timeline[0].heal",
            Build.timeline(#"{ "at": "1s", "heal": ^"cut" }"#)
        ),
        .init(
            .invalidValue,
            "timeline[0].respond.error",
            Build.timeline(
                #"{ "at": "1s", "respond": { "from": "broker-1", "api": "Produce", "error": ^"NOT_ENOUGH" } }"#
            )
        ),
        .init(
            .invalidValue,
            "timeline[0].link.loss",
            Build.timeline(
                #"{ "at": "1s", "link": { "from": "broker-1", "to": "broker-2", "loss": ^1.5 } }"#
            )
        ),
        .init(
            .invalidValue,
            "timeline[0].disk.target",
            Build.timeline(
                #"{ "at": "1s", "disk": { "target": ^"producer/shop", "full": true } }"#
            )
        ),
        .init(
            .unknownProperty,
            "timeline[0].configure.set.acks",
            Build.timeline(
                #"{ "at": "1s", "configure": { "topic": "orders", "set": { "acks": ^"1" } } }"#
            )
        ),
        .init(
            .unknownName,
            "expect.lost.ack",
            Build.around(#""expect": { ^"lost.ack": 0 }"#),
            suggestion: "lost.acked"
        ),
        .init(
            .unknownName,
            "expect.partition.orders-5.leader",
            Build.around(#""expect": { ^"partition.orders-5.leader": null }"#)
        ),
        .init(
            .unknownName,
            "expect.group.billing.skiped",
            Build.around(#""expect": { ^"group.billing.skiped": 0 }"#),
            suggestion: "skipped"
        ),
        .init(
            .wrongType,
            "expect.lost.acked",
            Build.around(#""expect": { "lost.acked": ^"none" }"#)
        ),
        .init(
            .invalidValue,
            "expect.guarantee",
            Build.around(#""expect": { "guarantee": ^"at-lest-once" }"#),
            suggestion: "at-least-once"
        ),
        .init(
            .invalidValue,
            "expect.duplicated",
            Build.around(#""expect": { "duplicated": ^{ "min": 5, "max": 4 } }"#)
        ),
        .init(
            .unknownName,
            "expect.duplicated.if.producers.shp.config.acks",
            Build.around(
                #""expect": { "duplicated": { "max": 0, "if": { "producers.shp.config.acks": ^"1" } } }"#
            ),
            suggestion: "shop"
        ),
        .init(
            .unknownName,
            "producers.shop.config.aks",
            Build.around(#""matrix": { "producers.shop.config.aks": [^"1"] }"#),
            suggestion: "acks"
        ),
        .init(
            .invalidValue,
            "producers[0].config.acks",
            Build.around(#""matrix": { "producers.*.config.acks": ["1", ^"2"] }"#)
        ),
    ]

    @Test(arguments: wrong)
    func eachErrorNamesItsPlace(_ document: WrongDocument) {
        let problems = Build.problems(document.json)
        #expect(problems.count == 1, "\(problems)")
        let problem = problems.first
        #expect(problem?.kind == document.kind, "\(problems)")
        #expect(problem?.path == document.path, "\(problems)")
        #expect(problem?.position.line == document.line, "\(problems)")
        #expect(problem?.position.column == document.column, "\(problems)")
        #expect(problem?.suggestion == document.suggestion, "\(problems)")
    }

    @Test func allErrorsAreReportedAtOnce() {
        let problems = Build.problems(
            """
            {
              "duration": "10s",
              "cluster": { "kafka.version": "4.0", "brokers": 0 },
              "topics": [ { "name": "t", "replication.factor": 9 } ],
              "producers": [ { "name": "p", "topic": "t", "rate": "x",
                               "config": { "acks": "2", "lingerms": 1 } } ],
              "timeline": [ { "at": "11s", "kill": "leader(t-3)" } ],
              "expect": { "lost.akced": 0 }
            }
            """
        )
        #expect(problems.map(\.position.line) == [3, 4, 5, 6, 6, 7, 7, 8])
        #expect(Set(problems.map(\.path)).count == problems.count)
    }

    @Test func kindsAreAllCovered() {
        let covered = Set(ProblemTests.wrong.map(\.kind))
        #expect(ScenarioProblem.Kind.allCases.allSatisfy { covered.contains($0) })
    }

    @Test func messagesAreReadable() {
        let problem = Build.problems(Build.producer(#""config": { "ack": "2" }"#)).first
        #expect(
            problem?.description
                == "test.json:2:24: error: producers[0].config.ack: found \"ack\"; allowed: "
                + "a producer property of Kafka; did you mean \"acks\"?"
        )
    }

    @Test func yamlErrorsHaveTheirPlaceToo() {
        let problems = Build.yamlProblems(
            """
            duration: 10s
            topics:
              - name: t
                partition: 3
            producers:
              - name: p
                topic: t
                rate: 1/s
                config:
                  acks: 2
            """
        )
        #expect(problems.map(\.path) == ["topics[0].partition", "producers[0].config.acks"])
        #expect(problems.map(\.position.line) == [4, 10])
        #expect(problems.map(\.position.column) == [5, 13])
        #expect(Build.yamlProblems("a: [1").first?.kind == .syntax)
        #expect(Build.yamlProblems("").first?.kind == .syntax)
        #expect(Build.yamlProblems("duration: 1s\nseed: 1\nseed: 2").first?.kind == .duplicateKey)
    }
}

extension Build {
    static func producer(_ members: String) -> String {
        """
        { "duration": "1s", "producers": [ { "name": "p", "topic": "t", "rate": "1/s",
            \(members) } ] }
        """
    }

    static func consumer(_ members: String) -> String {
        """
        { "duration": "1s", "consumers": [ { "group": "g", "topics": ["t"],
            \(members) } ] }
        """
    }
}
