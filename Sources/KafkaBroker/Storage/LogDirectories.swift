import KafkaLog
import KafkaProtocol
import SimBase

/// The broker's log directories and the checkpoint files in each.
/// - Source: kafka.log.LogManager, org.apache.kafka.storage.internals.checkpoint.
struct LogDirectories: Sendable {
    struct Directory: Sendable {
        let number: UInt8
        let id: DirectoryID
        /// Whether the last process ended with an orderly shutdown.
        let wasClean: Bool
        /// The broker epoch in the clean-shutdown file.
        let previousBrokerEpoch: BrokerEpoch
        var isOffline = false
        /// Writes fail: the next one takes the directory offline.
        var isFull = false
        fileprivate var handles: [FileHandle?] = Array(
            repeating: nil,
            count: FileKind.allCases.count
        )
        /// What each checkpoint holds, so that an unchanged one is not written again.
        fileprivate var written: [[(TopicPartition, Offset)]] = Array(
            repeating: [],
            count: FileKind.allCases.count
        )
    }

    private(set) var directories: [Directory]

    /// Reads the directories' own files and formats what is new.
    ///
    /// - Parameters:
    ///   - count: how many directories there are.
    ///   - disk: what the process finds.
    ///   - random: draws the ids of directories that have none.
    ///   - handles: the process's file numbers.
    ///   - effects: where orders go.
    init(
        count: Int,
        disk: DiskImage,
        random: inout Random,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        directories = []
        for number in 0..<UInt8(count) {
            let drawn = random.next() | 1
            let marker = disk.contents(of: FileID(.cleanShutdown, logDir: number))
            let properties = FileID(.metaProperties, logDir: number)
            let stored = disk.contents(of: properties).flatMap {
                LogDirectories.number(in: $0)
            }
            directories.append(
                Directory(
                    number: number,
                    id: DirectoryID(stored.map { UInt64(bitPattern: $0) } ?? drawn),
                    wasClean: marker != nil,
                    previousBrokerEpoch: BrokerEpoch(
                        marker.flatMap { LogDirectories.number(in: $0) } ?? -1
                    )
                )
            )
            if stored == nil {
                let handle = handles.next()
                effects.append(.open(handle, properties))
                effects.append(
                    .replace(handle, LogDirectories.text(Int64(bitPattern: drawn)), nil)
                )
            }
        }
    }

    /// The online directories' ids, as the controller is told.
    var onlineIDs: [DirectoryID] {
        directories.filter { !$0.isOffline }.map(\.id)
    }

    var areAllOffline: Bool {
        directories.allSatisfy(\.isOffline)
    }

    /// The broker epoch that the last process had, if it ended orderly in every directory.
    var previousBrokerEpoch: BrokerEpoch {
        guard let first = directories.first?.previousBrokerEpoch,
            directories.allSatisfy({ $0.wasClean && $0.previousBrokerEpoch == first })
        else { return .none }
        return first
    }

    mutating func markOffline(_ number: UInt8) {
        directories[Int(number)].isOffline = true
    }

    mutating func setFull(_ number: UInt8, _ isFull: Bool) {
        directories[Int(number)].isFull = isFull
    }

    // MARK: Files

    /// Deletes the markers of an orderly shutdown: from now on only the next one is orderly.
    mutating func removeMarkers(
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        for directory in directories where directory.wasClean {
            let handle = handles.next()
            effects.append(.open(handle, FileID(.cleanShutdown, logDir: directory.number)))
            effects.append(.remove(handle))
        }
    }

    /// Writes a checkpoint of one directory, unless it holds the same already.
    mutating func write(
        _ kind: FileKind,
        _ entries: [(TopicPartition, Offset)],
        in number: UInt8,
        token: FlushToken? = nil,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let place = Int(number)
        let file = Int(kind.rawValue)
        if token == nil, directories[place].handles[file] != nil,
            directories[place].written[file].elementsEqual(entries, by: { $0 == $1 })
        {
            return
        }
        directories[place].written[file] = entries
        let handle = handle(kind, in: number, handles: &handles, into: &effects)
        effects.append(.replace(handle, CheckpointFile.text(entries), token))
    }

    /// Writes the marker of an orderly shutdown.
    mutating func writeMarker(
        brokerEpoch: BrokerEpoch,
        in number: UInt8,
        token: FlushToken,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) {
        let handle = handle(.cleanShutdown, in: number, handles: &handles, into: &effects)
        effects.append(.replace(handle, LogDirectories.text(brokerEpoch.rawValue), token))
    }

    private mutating func handle(
        _ kind: FileKind,
        in number: UInt8,
        handles: inout FileHandleAllocator,
        into effects: inout [Effect]
    ) -> FileHandle {
        if let known = directories[Int(number)].handles[Int(kind.rawValue)] { return known }
        let handle = handles.next()
        directories[Int(number)].handles[Int(kind.rawValue)] = handle
        effects.append(.open(handle, FileID(kind, logDir: number)))
        return handle
    }

    private static func text(_ number: Int64) -> SharedBytes {
        SharedBytes(Array(String(number).utf8))
    }

    private static func number(in contents: FileContents) -> Int64? {
        Int64(String(decoding: contents.bytes, as: UTF8.self))
    }
}
