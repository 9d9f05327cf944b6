import SimBase

/// A request that a server has read, or that stands in the buffer of a muted connection.
struct Job {
    var node = NodeIndex(Int32(0))
    var isInUse = false
    var connection = ConnectionIndex(slot: 0, generation: 0)
    var payload: Int32 = -1
    var next: Int32 = -1
    /// How long a worker is held.
    var cost = Interval.zero
    /// When the worker is done, unless the node is paused before.
    var due = Instant.zero
    /// The length of the node's pauses when the worker began.
    var pausesBefore = Interval.zero
}

/// The first and the last of a chain of jobs; -1 when empty.
struct JobList {
    var first: Int32 = -1
    var last: Int32 = -1

    var isEmpty: Bool {
        first < 0
    }
}

/// The jobs of all nodes, chained by index.
struct JobPool {
    private(set) var jobs: [Job] = []
    private var free: [Int32] = []

    subscript(_ index: Int32) -> Job {
        _read { yield jobs[Int(index)] }
        _modify { yield &jobs[Int(index)] }
    }

    mutating func take(_ job: Job) -> Int32 {
        if let index = free.popLast() {
            jobs[Int(index)] = job
            return index
        }
        jobs.append(job)
        return Int32(jobs.count - 1)
    }

    mutating func release(_ index: Int32) {
        jobs[Int(index)].isInUse = false
        free.append(index)
    }

    mutating func append(_ index: Int32, to list: inout JobList) {
        jobs[Int(index)].next = -1
        if list.last >= 0 {
            jobs[Int(list.last)].next = index
        } else {
            list.first = index
        }
        list.last = index
    }

    mutating func removeFirst(from list: inout JobList) -> Int32? {
        guard list.first >= 0 else { return nil }
        let index = list.first
        list.first = jobs[Int(index)].next
        if list.first < 0 {
            list.last = -1
        }
        return index
    }
}
