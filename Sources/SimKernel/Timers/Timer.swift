public import SimBase

/// One timer of a node: its deadline, and the entry in the queue that will look at it.
///
/// A timer has at most one live entry. Arming it for later only moves the deadline: the entry,
/// when due, goes back into the queue at the deadline, to the place in the order that was taken
/// when the timer was armed, which is where a new entry would stand.
struct Timer {
    var isArmed = false
    /// Whether a live entry is in the queue, or in its node's backlog.
    var isResident = false
    /// The generation of the live entry; entries of others are dead.
    var generation: UInt32 = 0
    var deadline = Instant.zero
    /// The place in the order that belongs to the deadline.
    var sequence: UInt64 = 0
    /// Where the live entry stands.
    var residentTime = Instant.zero
    var residentSequence: UInt64 = 0
}

extension Kernel {
    /// Arms the timer `kind` of `node` for `deadline`, instead of any deadline it has. A deadline
    /// gone by means now. Without a process on the node, nothing happens.
    public mutating func armTimer(_ node: NodeIndex, kind: UInt8, at deadline: Instant) {
        guard nodes[node.position].state.hasProcess else { return }
        let index = timerIndex(node, kind)
        let time = max(deadline, now)
        timers[index].isArmed = true
        timers[index].deadline = time
        timers[index].sequence = queue.takeSequence()
        if !timers[index].isResident || time < timers[index].residentTime {
            timers[index].generation &+= 1
            makeResident(index, node: node.rawValue, kind: kind)
        }
    }

    /// Disarms the timer `kind` of `node`.
    public mutating func cancelTimer(_ node: NodeIndex, kind: UInt8) {
        timers[timerIndex(node, kind)].isArmed = false
    }

    /// When the timer `kind` of `node` fires; nil when it is not armed.
    public func deadline(ofTimer kind: UInt8, of node: NodeIndex) -> Instant? {
        let timer = timers[timerIndex(node, kind)]
        return timer.isArmed ? timer.deadline : nil
    }

    mutating func timerDue(_ due: QueuedEvent) -> KernelEvent? {
        let node = Int(due.subject)
        let index = node * timerKinds + Int(due.payload)
        guard timers[index].generation == due.generation else { return nil }
        guard timers[index].isArmed else {
            timers[index].isResident = false
            return nil
        }
        let kind = UInt8(truncatingIfNeeded: due.payload)
        guard timers[index].sequence == timers[index].residentSequence else {
            makeResident(index, node: due.subject, kind: kind)
            return nil
        }
        guard !holds(due, at: node) else { return nil }
        timers[index].isArmed = false
        timers[index].isResident = false
        return .timerFired(node: NodeIndex(due.subject), kind: kind)
    }

    mutating func dropTimers(of node: NodeIndex) {
        let first = node.position * timerKinds
        for index in first..<first + timerKinds {
            timers[index].isArmed = false
            timers[index].isResident = false
            timers[index].generation &+= 1
        }
    }

    private func timerIndex(_ node: NodeIndex, _ kind: UInt8) -> Int {
        precondition(Int(kind) < timerKinds, "timer kind \(kind) of node \(node): too high")
        return node.position * timerKinds + Int(kind)
    }

    /// Puts the timer's entry into the queue at its deadline, or now when that has gone by.
    private mutating func makeResident(_ index: Int, node: Int32, kind: UInt8) {
        let time = max(timers[index].deadline, now)
        let sequence = timers[index].sequence
        timers[index].isResident = true
        timers[index].residentTime = time
        timers[index].residentSequence = sequence
        let event = QueuedEvent(
            kind: .timer,
            subject: node,
            generation: timers[index].generation,
            payload: Int32(kind)
        )
        queue.schedule(at: time, sequence: sequence, event)
    }
}
