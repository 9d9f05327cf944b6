// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// One room of the house. `uses` names the rooms it may open a door to: arrows point one way only.
func room(_ name: String, uses: [String], external: [Target.Dependency] = []) -> Target {
    .target(
        name: name,
        dependencies: uses.map { .init(stringLiteral: $0) } + external,
        swiftSettings: strict
    )
}

func tests(
    _ name: String,
    uses: [String],
    external: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: uses.map { .init(stringLiteral: $0) } + external,
        exclude: exclude,
        swiftSettings: strict
    )
}

let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "kafkasim",
    platforms: [.macOS(.v14)],
    products: [
        .executable(name: "kafkasim", targets: ["kafkasim"]),
        // The rooms that Benchmarks/ measures on their own.
        .library(name: "SimBase", targets: ["SimBase"]),
        .library(name: "SimKernel", targets: ["SimKernel"]),
        .library(name: "KafkaProtocol", targets: ["KafkaProtocol"]),
        .library(name: "Scenario", targets: ["Scenario"]),
        .library(name: "Checkers", targets: ["Checkers"]),
        .library(name: "SimCluster", targets: ["SimCluster"]),
        .library(name: "ResultStore", targets: ["ResultStore"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Foundations.
        room("SimBase", uses: []),
        room("SimKernel", uses: ["SimBase"]),
        .target(name: "CChecksums"),

        // Machines: Kafka itself, without I/O.
        room("KafkaProtocol", uses: ["SimBase", "CChecksums"], external: [deque]),
        room("KafkaLog", uses: ["KafkaProtocol", "SimBase"]),
        room("KafkaRaft", uses: ["KafkaLog", "KafkaProtocol", "SimBase"], external: [deque]),
        room("KafkaController", uses: ["KafkaProtocol", "SimBase"], external: [deque]),
        room("KafkaGroups", uses: ["KafkaProtocol", "SimBase"], external: [deque]),
        room(
            "KafkaBroker",
            uses: [
                "KafkaController", "KafkaGroups", "KafkaLog", "KafkaProtocol", "KafkaRaft",
                "SimBase",
            ],
            external: [deque]
        ),
        room("KafkaClients", uses: ["KafkaProtocol", "SimBase"], external: [deque]),

        // The host and its eyes.
        room(
            "Scenario",
            uses: ["KafkaProtocol", "SimBase"],
            external: [.product(name: "Yams", package: "Yams")]
        ),
        room("Checkers", uses: ["KafkaProtocol", "SimBase"]),
        room(
            "SimCluster",
            uses: [
                "Checkers", "KafkaBroker", "KafkaClients", "KafkaLog", "KafkaProtocol", "Scenario",
                "SimBase", "SimKernel",
            ],
            external: [deque]
        ),

        // The edge: storage, presentation, command line.
        room(
            "ResultStore",
            uses: ["Checkers", "SimBase"],
            external: [
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        room("Report", uses: ["Checkers", "SimBase"]),
        .executableTarget(
            name: "kafkasim",
            dependencies: [
                "Checkers", "KafkaProtocol", "Report", "ResultStore", "Scenario", "SimBase",
                "SimCluster",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        // Tests mirror the rooms.
        tests("SimBaseTests", uses: ["SimBase"]),
        tests("SimKernelTests", uses: ["SimKernel", "SimBase"]),
        tests("KafkaProtocolTests", uses: ["KafkaProtocol", "SimBase"]),
        tests("KafkaLogTests", uses: ["KafkaLog", "KafkaProtocol", "SimBase"]),
        tests("KafkaRaftTests", uses: ["KafkaRaft", "KafkaLog", "KafkaProtocol", "SimBase"]),
        tests(
            "KafkaControllerTests",
            uses: ["KafkaController", "KafkaRaft", "KafkaLog", "KafkaProtocol", "SimBase"]
        ),
        tests("KafkaGroupsTests", uses: ["KafkaGroups", "KafkaProtocol", "SimBase"]),
        tests(
            "KafkaBrokerTests",
            uses: [
                "KafkaBroker", "KafkaController", "KafkaGroups", "KafkaLog", "KafkaProtocol",
                "KafkaRaft", "SimBase",
            ]
        ),
        tests("KafkaClientsTests", uses: ["KafkaClients", "KafkaProtocol", "SimBase"]),
        tests("ScenarioTests", uses: ["Scenario", "KafkaProtocol", "SimBase"]),
        tests("CheckersTests", uses: ["Checkers", "KafkaProtocol", "SimBase"]),
        tests(
            "SimClusterTests",
            uses: [
                "SimCluster", "Checkers", "KafkaClients", "KafkaProtocol", "Scenario", "SimBase",
                "SimKernel",
            ],
            exclude: [
                "Golden/leader-change.txt", "Golden/produce.txt", "Golden/rebalance.txt",
            ]
        ),
        tests(
            "ResultStoreTests",
            uses: ["ResultStore", "Checkers", "SimBase"],
            external: [.product(name: "GRDB", package: "GRDB.swift")]
        ),
        tests("ReportTests", uses: ["Report", "Checkers", "SimBase"]),
        tests("KafkasimTests", uses: []),
    ]
)
