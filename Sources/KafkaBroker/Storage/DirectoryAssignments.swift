import KafkaController
import KafkaLog
import KafkaProtocol
import SimBase

/// Replicas whose log directory the controller has to be told.
/// - Source: kafka.server.AssignmentsManager (KIP-858).
struct DirectoryAssignments: Equatable, Sendable {
    /// Reports gather for this long.
    private static let interval = Interval.milliseconds(100)

    private var waiting: [(partition: TopicPartition, directory: DirectoryID)] = []
    private(set) var dueAt = Instant.distantFuture

    init() {}

    mutating func note(_ partition: TopicPartition, in directory: DirectoryID, now: Instant) {
        waiting.removeAll { $0.partition == partition }
        waiting.append((partition, directory))
        if dueAt == .distantFuture { dueAt = now + DirectoryAssignments.interval }
    }

    /// The report was not accepted.
    mutating func retry(_ partitions: [TopicPartition], in directory: DirectoryID, now: Instant) {
        for partition in partitions where !waiting.contains(where: { $0.partition == partition }) {
            note(partition, in: directory, now: now)
        }
    }

    /// What is due for one directory; `nil` when there is nothing more.
    mutating func next(now: Instant) -> (directory: DirectoryID, partitions: [TopicPartition])? {
        guard now >= dueAt, let first = waiting.first else {
            if waiting.isEmpty { dueAt = .distantFuture }
            return nil
        }
        let partitions = waiting.filter { $0.directory == first.directory }.map(\.partition)
        waiting.removeAll { $0.directory == first.directory }
        return (first.directory, partitions.sorted())
    }

    static func == (left: DirectoryAssignments, right: DirectoryAssignments) -> Bool {
        left.dueAt == right.dueAt && left.waiting.elementsEqual(right.waiting, by: { $0 == $1 })
    }
}

extension Broker {
    /// Notes the replicas that stand elsewhere than the metadata says.
    mutating func noteDirectories(of partitions: [TopicPartition], now: Instant) {
        for partition in partitions {
            guard let slot = replicas.slot(of: partition),
                let state = loader.image.partition(partition)
            else { continue }
            let number = Int(replicas.partitions[slot].log.logDir)
            let directory = directories.directories[number].id
            if state.directory(of: id) != directory {
                assignments.note(partition, in: directory, now: now)
            }
        }
    }

    mutating func reportDirectories(now: Instant) {
        while let report = assignments.next(now: now) {
            controllerRequests.assign(
                report.partitions,
                to: report.directory,
                broker: id,
                epoch: lifecycle.brokerEpoch,
                now: now
            )
        }
    }
}
