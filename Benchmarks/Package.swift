// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of kafkasim never resolve or build what only benchmarks need.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v14)],
    dependencies: [
        .package(name: "kafkasim", path: "..")
    ],
    targets: [
        // Counts calls of malloc, and runs other programs with their peak memory.
        .target(name: "CBenchmarks"),
        // The yardstick: a calendar wheel and a 4-ary heap in plain C++.
        .target(name: "CxxQueues"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CBenchmarks", "CxxQueues",
                .product(name: "Checkers", package: "kafkasim"),
                .product(name: "KafkaProtocol", package: "kafkasim"),
                .product(name: "ResultStore", package: "kafkasim"),
                .product(name: "Scenario", package: "kafkasim"),
                .product(name: "SimBase", package: "kafkasim"),
                .product(name: "SimCluster", package: "kafkasim"),
                .product(name: "SimKernel", package: "kafkasim"),
            ],
            swiftSettings: [
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]
        ),
    ]
)
