import KafkaProtocol
import SimBase
import Testing

@testable import Scenario

@Suite struct VariantTests {
    private func source(_ members: String) throws -> ScenarioSource {
        try ScenarioSource(Build.around(members), file: "test.json", format: .json)
    }

    @Test func theMatrixIsTheProductOfItsValues() throws {
        let variants = try source(
            #"""
            "matrix": { "producers.*.config.acks": ["0", "1", "all"],
                        "topics.orders.config.min.insync.replicas": ["1", 2] }
            """#
        ).variants()
        #expect(variants.count == 6)
        #expect(variants.map { $0.variant.map(\.text) }.first == ["0", "1"])
        #expect(
            variants.map { $0.producers[0].config.acks } == [
                .none, .none, .leader, .leader, .all, .all,
            ]
        )
        #expect(variants.map { $0.topics[0].config.minInSyncReplicas } == [1, 2, 1, 2, 1, 2])
        #expect(
            variants[5].settings.contains(Setting(path: "producers.shop.config.acks", text: "all"))
        )
    }

    @Test func boundsHoldForTheVariantsThatTheyName() throws {
        let variants = try source(
            #"""
            "matrix": { "producers.shop.config.acks": ["1", "all"] },
            "expect": { "lost.acked": { "max": 0, "if": { "producers.shop.config.acks": "all" } },
                        "duplicated": [ { "max": 0, "if": { "producers.*.config.acks": -1 } },
                                        { "min": 1, "if": { "producers.*.config.acks": "1" } } ],
                        "phantom": { "equals": 0, "if": { "cluster.config.min.insync.replicas": 1 } } }
            """#
        ).variants()
        #expect(
            variants.map { $0.expectations.map(\.metric) } == [
                ["duplicated", "phantom"], ["lost.acked", "duplicated", "phantom"],
            ]
        )
    }

    @Test func settingsComeFromTheCommandLine() throws {
        var source = try source(#""matrix": { "producers.shop.config.acks": ["0", "1"] }"#)
        try source.set("producers.shop.config.acks=all")
        try source.set("cluster.brokers=4")
        try source.set("duration=90s")
        try source.set("topics.orders.replication.factor=4")
        try source.vary("producers.shop.config.linger.ms=0,10")
        let variants = try source.variants(seed: 7)
        #expect(variants.count == 2)
        #expect(variants[0].seed == 7)
        #expect(variants[0].cluster.brokers.count == 4)
        #expect(variants[0].duration == .seconds(90))
        #expect(variants.map(\.producers[0].config.linger) == [.zero, .milliseconds(10)])
        #expect(variants.map(\.producers[0].config.acks) == [.all, .all])
    }

    @Test func wrongSettingsNameTheirOption() throws {
        var first = try source(#""name": "x""#)
        #expect(throws: ScenarioError.self) { try first.set("producers") }
        let unknown = #expect(throws: ScenarioError.self) {
            try first.set("producers.shp.config.acks=1")
        }
        #expect(unknown?.problems.first?.suggestion == "shop")
        try first.set("producers.shop.config.acks=7")
        let error = #expect(throws: ScenarioError.self) { _ = try first.variants() }
        #expect(error?.problems.first?.position.file == "--set producers.shop.config.acks=7")
        #expect(
            error?.description.hasPrefix("--set producers.shop.config.acks=7: error: producers[0]")
                == true
        )
    }

    @Test func pathsFindNamesWithDots() throws {
        var source = try ScenarioSource(
            #"""
            { "duration": "1s", "topics": [ { "name": "a" }, { "name": "a.b" } ] }
            """#,
            file: "test.json",
            format: .json
        )
        try source.set("topics.a.b.config.min.insync.replicas=2")
        try source.set("topics[0].partitions=5")
        let document = try source.variants()[0]
        #expect(document.topics.map(\.config.minInSyncReplicas) == [1, 2])
        #expect(document.topics.map(\.partitions) == [5, 1])
    }
}
