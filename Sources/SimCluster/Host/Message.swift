import KafkaProtocol

/// Requests and responses under way. The kernel carries their numbers; each enters and leaves once,
/// moved.
struct MessageSlab: ~Copyable {
    /// What has to be known of a message while it stays where it is.
    struct Note {
        var kind = Kind.none
        let correlation: CorrelationID
        /// Stands for the message in the digest.
        let digestWord: UInt64
        /// Requests: what they are made of, for the time that handling them takes.
        var load = RequestLoad()
    }

    enum Kind {
        case none
        case request
        case response
    }

    /// By number, the one that ``notes`` names initialised.
    private var requests: UnsafeMutablePointer<Request>
    private var responses: UnsafeMutablePointer<Response>
    private var capacity = 64
    private(set) var notes: [Note] = []
    private var free: [Int32] = []

    init() {
        requests = .allocate(capacity: capacity)
        responses = .allocate(capacity: capacity)
    }

    deinit {
        for slot in notes.indices {
            switch notes[slot].kind {
            case .none: break
            case .request: (requests + slot).deinitialize(count: 1)
            case .response: (responses + slot).deinitialize(count: 1)
            }
        }
        requests.deallocate()
        responses.deallocate()
    }

    /// Stores a request of so many bytes and gives its number.
    mutating func store(_ request: consuming Request, _ correlation: CorrelationID, bytes: Int)
        -> Int32
    {
        let slot = place(
            Note(
                kind: .request,
                correlation: correlation,
                digestWord: request.digestWord(correlation),
                load: request.load(bytes: bytes)
            )
        )
        (requests + slot).initialize(to: request)
        return Int32(slot)
    }

    /// Stores a response of so many bytes and gives its number.
    mutating func store(_ response: consuming Response, _ correlation: CorrelationID, bytes: Int)
        -> Int32
    {
        let slot = place(
            Note(
                kind: .response,
                correlation: correlation,
                digestWord: response.digestWord(correlation, bytes: bytes)
            )
        )
        (responses + slot).initialize(to: response)
        return Int32(slot)
    }

    /// Takes a request out, for the last time.
    mutating func takeRequest(_ number: Int32) -> Request {
        leave(number, .request)
        return (requests + Int(number)).move()
    }

    /// Takes a response out, for the last time.
    mutating func takeResponse(_ number: Int32) -> Response {
        leave(number, .response)
        return (responses + Int(number)).move()
    }

    /// Throws a message away that will not arrive.
    mutating func discard(_ number: Int32) {
        switch notes[Int(number)].kind {
        case .none: break
        case .request: _ = takeRequest(number)
        case .response: _ = takeResponse(number)
        }
    }

    private mutating func place(_ note: Note) -> Int {
        if let slot = free.popLast() {
            notes[Int(slot)] = note
            return Int(slot)
        }
        if notes.count == capacity { grow() }
        notes.append(note)
        return notes.count - 1
    }

    private mutating func leave(_ number: Int32, _ kind: Kind) {
        precondition(notes[Int(number)].kind == kind, "message \(number) is not a \(kind)")
        notes[Int(number)].kind = .none
        free.append(number)
    }

    /// All places are in use: moves to twice the room.
    private mutating func grow() {
        let moreRequests = UnsafeMutablePointer<Request>.allocate(capacity: capacity * 2)
        let moreResponses = UnsafeMutablePointer<Response>.allocate(capacity: capacity * 2)
        for slot in notes.indices {
            switch notes[slot].kind {
            case .none: break
            case .request: (moreRequests + slot).moveInitialize(from: requests + slot, count: 1)
            case .response: (moreResponses + slot).moveInitialize(from: responses + slot, count: 1)
            }
        }
        requests.deallocate()
        responses.deallocate()
        requests = moreRequests
        responses = moreResponses
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
