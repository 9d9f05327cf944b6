import SimBase

/// What is wrong with a disk.
public struct DiskCondition: Equatable, Sendable {
    /// Nothing more can be written.
    public var isFull: Bool
    /// Reads and writes fail.
    public var isFailed: Bool
    /// How many times as long as usual everything takes; 1 or more.
    public var slowFactor: Int64

    public init(isFull: Bool = false, isFailed: Bool = false, slowFactor: Int64 = 1) {
        self.isFull = isFull
        self.isFailed = isFailed
        self.slowFactor = slowFactor
    }

    /// Whether a write succeeds.
    public var takesWrites: Bool {
        !isFull && !isFailed
    }
}

/// A flush that is under way.
struct Flush {
    let file: Int
    /// What the file held when the flush was asked for: all before this is durable at its end.
    var end: Int
    /// The replacement that this flush makes durable; -1 for a plain flush.
    let ticket: Int64
    /// Grows when a file is emptied, so that a flush of older content does not count.
    let fileLife: UInt32
    /// Nil when nobody waits.
    let token: Int64?
    let incarnation: UInt32
}

/// A node's disk: its files, its condition, and the flushes in the order they are served.
struct Disk {
    /// The write-back wakes up this often.
    /// - Source: Linux, `vm.dirty_writeback_centisecs`.
    static let writeBackWakeUp = Interval.seconds(5)
    /// The write-back moves bytes that have been dirty for this long.
    /// - Source: Linux, `vm.dirty_expire_centisecs`.
    static let dirtyExpiry = Interval.seconds(30)

    let configuration: DiskConfiguration
    var condition = DiskCondition()
    var stream: Random
    /// Nil where the node has no file of that number.
    var files: [StoredFile?] = []
    /// How often each number was given up by a file.
    var lives: [UInt32] = []
    /// Grows with each power loss; flushes of before are void.
    var powerCycle: UInt32 = 0
    var freeAt = Instant.distantPast
    var nextTicket: Int64 = 0
    /// Under way, oldest first, from `flushStart` on.
    var flushes: [Flush] = []
    var flushStart = 0

    /// The stretch of instants whose writes one wake-up of the write-back moves, and that wake-up.
    private var stretchStart = Instant.distantFuture
    private var stretchEnd = Instant.distantPast
    private var stretchWakeUp = Instant.distantPast

    init(_ configuration: DiskConfiguration, stream: Random) {
        self.configuration = configuration
        self.stream = stream
    }

    /// When the write-back moves what is written now: at its first wake-up 30 s later or more.
    mutating func writeBackTime(at now: Instant) -> Instant {
        if now > stretchStart, now <= stretchEnd {
            return stretchWakeUp
        }
        let period = Disk.writeBackWakeUp.nanoseconds
        let expired = (now + Disk.dirtyExpiry).nanoseconds
        let floor = expired / period * period
        let wakeUp = floor < expired ? floor + period : floor
        stretchWakeUp = Instant(nanoseconds: wakeUp)
        stretchEnd = stretchWakeUp - Disk.dirtyExpiry
        stretchStart = stretchEnd - Disk.writeBackWakeUp
        return stretchWakeUp
    }

    mutating func makeFile(_ file: Int) {
        while files.count <= file {
            files.append(nil)
            lives.append(0)
        }
        if files[file] == nil {
            files[file] = StoredFile()
        }
    }

    /// The end of a flush that has `dirty` bytes to write, behind those that were asked for before.
    mutating func serveFlush(dirty: Int, now: Instant) -> Instant {
        let writing = Interval(
            nanoseconds: Int64(dirty) * configuration.picosecondsPerByte / 1_000
        )
        let work = (configuration.fsync + writing) * max(condition.slowFactor, 1)
        freeAt = max(freeAt, now) + work
        return freeAt
    }

    mutating func takeFlush() -> Flush {
        let flush = flushes[flushStart]
        flushStart += 1
        if flushStart == flushes.count {
            flushes.clear()
            flushStart = 0
        }
        return flush
    }

    /// Cuts a file, and what flushes under way will make durable of it.
    mutating func truncate(_ file: Int, to length: Int, now: Instant) {
        guard file < files.count else { return }
        files[file]?.truncate(to: length, now: now)
        for index in flushStart..<flushes.count where flushes[index].file == file {
            flushes[index].end = min(flushes[index].end, length)
        }
    }

    mutating func losePower(keep: CrashSurvival, now: Instant) {
        powerCycle += 1
        freeAt = .distantPast
        flushes = []
        flushStart = 0
        for file in files.indices {
            let survives = files[file]?.losePower(keep: keep, now: now, stream: &stream)
            if survives == false {
                giveUp(file)
            }
        }
    }

    mutating func giveUp(_ file: Int) {
        guard file < files.count, files[file] != nil else { return }
        files[file] = nil
        lives[file] &+= 1
    }
}
