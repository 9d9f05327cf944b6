import KafkaProtocol

/// What travels on a connection.
enum Message {
    case request(CorrelationID, Request)
    case response(CorrelationID, Response)
}

/// Messages under way. The kernel carries their numbers; each enters and leaves once, moved.
struct MessageSlab: ~Copyable {
    /// What has to be known of a message while it stays where it is.
    struct Note {
        /// Stands for the message in the digest.
        var digestWord: UInt64 = 0
        /// Requests: what they are made of, for the time that handling them takes.
        var load = RequestLoad()
    }

    /// Initialised where a message is under way.
    private var messages: UnsafeMutablePointer<Message>
    private var capacity: Int
    private(set) var notes: [Note] = []
    private var free: [Int32] = []
    private var isUsed: [Bool] = []

    init() {
        capacity = 64
        messages = .allocate(capacity: capacity)
    }

    deinit {
        for slot in isUsed.indices where isUsed[slot] {
            (messages + slot).deinitialize(count: 1)
        }
        messages.deallocate()
    }

    /// Stores a request of so many bytes and gives its number.
    mutating func store(_ request: consuming Request, _ correlation: CorrelationID, bytes: Int)
        -> Int32
    {
        let note = Note(
            digestWord: request.digestWord(correlation),
            load: request.load(bytes: bytes)
        )
        return store(.request(correlation, request), note)
    }

    /// Stores a response of so many bytes and gives its number.
    mutating func store(_ response: consuming Response, _ correlation: CorrelationID, bytes: Int)
        -> Int32
    {
        let note = Note(digestWord: response.digestWord(correlation, bytes: bytes))
        return store(.response(correlation, response), note)
    }

    private mutating func store(_ message: consuming Message, _ note: Note) -> Int32 {
        let slot: Int
        if let reused = free.popLast() {
            slot = Int(reused)
            notes[slot] = note
            isUsed[slot] = true
        } else {
            slot = notes.count
            if slot == capacity { grow() }
            notes.append(note)
            isUsed.append(true)
        }
        (messages + slot).initialize(to: message)
        return Int32(slot)
    }

    /// Takes a message out, for the last time.
    mutating func take(_ slot: Int32) -> Message {
        precondition(isUsed[Int(slot)], "message \(slot) is taken twice")
        isUsed[Int(slot)] = false
        free.append(slot)
        return (messages + Int(slot)).move()
    }

    /// All places are in use.
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Message>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: messages, count: capacity)
        messages.deallocate()
        messages = larger
        capacity *= 2
    }
}

/// What a request makes a server do.
struct RequestLoad: Equatable {
    var bytes: Int64 = 0
    var partitions: Int64 = 0
    /// Appends to a log.
    var writes: Int64 = 0
}

extension Request {
    fileprivate func load(bytes: Int) -> RequestLoad {
        var load = RequestLoad(bytes: Int64(bytes))
        switch self {
        case .produce(let produce):
            load.partitions = Int64(produce.partitions.count)
            load.writes = load.partitions
        case .fetch(let fetch): load.partitions = Int64(fetch.partitions.count)
        case .offsetCommit: load.writes = 1
        default: break
        }
        return load
    }

    /// A word that stands for the request in the digest.
    fileprivate func digestWord(_ correlation: CorrelationID) -> UInt64 {
        var word = UInt64(UInt32(bitPattern: correlation.rawValue)) << 16
        word ^= UInt64(UInt16(bitPattern: api.rawValue))
        if case .produce(let produce) = self {
            for item in produce.partitions { word = word &* 31 &+ UInt64(item.batch.body.crc) }
        }
        return word
    }
}

extension Response {
    /// A word that stands for the response in the digest.
    fileprivate func digestWord(_ correlation: CorrelationID, bytes: Int) -> UInt64 {
        var word = UInt64(UInt32(bitPattern: correlation.rawValue)) << 16 | 0x8000
        if case .fetch(let fetch) = self {
            for index in fetch.partitions.indices {
                let mark = fetch.partitions[index].highWatermark
                word = word &* 31 &+ UInt64(bitPattern: mark.rawValue)
                for batch in fetch.partitions[index].records {
                    word = word &* 31 &+ UInt64(batch.body.crc)
                    word = word &+ UInt64(bitPattern: batch.baseOffset.rawValue)
                }
            }
        } else {
            word = word &+ UInt64(bytes)
        }
        return word
    }
}
