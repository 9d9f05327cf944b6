public import KafkaProtocol

/// A broker as the metadata log knows it.
/// - Source: org.apache.kafka.metadata.BrokerRegistration.
public struct BrokerRegistration: Equatable, Sendable {
    public let id: BrokerID
    public let epoch: BrokerEpoch
    public let incarnation: IncarnationID
    /// The rack as a dense number; -1 for none.
    public let rack: Int32
    public internal(set) var isFenced: Bool
    public internal(set) var inControlledShutdown: Bool
    /// The log directories that are online.
    public internal(set) var directories: [DirectoryID]
    /// Where the last registration record stands: a broker that has read so far may be unfenced.
    public let registeredAt: Offset

    init(_ record: RegisterBrokerRecord, at offset: Offset) {
        registeredAt = offset
        id = record.broker
        epoch = record.epoch
        incarnation = record.incarnation
        rack = record.rack
        isFenced = record.isFenced
        inControlledShutdown = record.inControlledShutdown
        directories = record.logDirs
    }

    /// Whether the broker may lead and be in ISRs.
    @inlinable
    public var isActive: Bool {
        !isFenced && !inControlledShutdown
    }

    /// Whether a replica in `directory` is reachable; one not yet assigned counts as online.
    /// - Source: org.apache.kafka.common.DirectoryId.isOnline (KIP-858).
    public func hasOnline(_ directory: DirectoryID) -> Bool {
        directory == .unassigned || directories.isEmpty || directories.contains(directory)
    }

    /// Where a new replica goes: the only directory, or wherever the broker chooses and reports.
    var defaultDirectory: DirectoryID {
        directories.count == 1 ? directories[0] : .unassigned
    }

    mutating func apply(_ change: BrokerRegistrationChangeRecord) {
        switch change.fencing {
        case .fence: isFenced = true
        case .unfence: isFenced = false
        case .unchanged: break
        }
        if change.entersControlledShutdown { inControlledShutdown = true }
        if let logDirs = change.logDirs { directories = logDirs }
    }

    /// The record that a snapshot holds of the broker.
    var record: RegisterBrokerRecord {
        RegisterBrokerRecord(
            broker: id,
            incarnation: incarnation,
            epoch: epoch,
            rack: rack,
            isFenced: isFenced,
            inControlledShutdown: inControlledShutdown,
            logDirs: directories
        )
    }
}
