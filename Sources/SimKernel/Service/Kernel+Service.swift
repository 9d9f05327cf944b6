public import SimBase

/// A server's request handlers: each connection is served one request at a time, in order; each
/// request waits for a free worker, first come first served, and holds it for its cost.
extension Kernel {
    /// Hands a request that was delivered to the server's workers.
    ///
    /// While another request of the connection is unanswered it waits in the socket's buffer. It
    /// comes back as `serviceCompleted`; the connection stays muted until ``release(_:)``.
    public mutating func enqueueService(
        _ connection: ConnectionIndex,
        payload: Int32,
        cost: Interval
    ) {
        guard let slot = liveSlot(connection), sockets[2 * slot + 1].state == .open else {
            return discard(payload)
        }
        let node = sockets[2 * slot + 1].node
        let job = Job(
            node: node,
            isInUse: true,
            connection: connection,
            payload: payload,
            cost: cost
        )
        let index = jobs.take(job)
        if connections[slot].isMuted {
            jobs.append(index, to: &connections[slot].waitingJobs)
        } else {
            connections[slot].isMuted = true
            offer(index, to: node.position)
        }
    }

    /// Lets the server read the connection's next request, once the last one is answered.
    public mutating func release(_ connection: ConnectionIndex) {
        guard let slot = liveSlot(connection), connections[slot].isMuted else { return }
        if let next = jobs.removeFirst(from: &connections[slot].waitingJobs) {
            return offer(next, to: sockets[2 * slot + 1].node.position)
        }
        connections[slot].isMuted = false
        if connections[slot].isEndWaiting {
            connections[slot].isEndWaiting = false
            schedule(.finArrival, at: now, connection: slot, side: .server)
        }
    }

    /// Whether a request of the connection is with the workers or unanswered.
    public func isMuted(_ connection: ConnectionIndex) -> Bool {
        guard let slot = liveSlot(connection) else { return false }
        return connections[slot].isMuted
    }

    /// Changes the number of workers; those that are too many finish what they have.
    public mutating func setWorkers(of node: NodeIndex, to workers: Int) {
        precondition(workers > 0, "node \(node) needs a worker")
        nodes[node.position].workers = workers
        startJobs(on: node.position)
    }

    private mutating func offer(_ job: Int32, to node: Int) {
        jobs.append(job, to: &nodes[node].waitingJobs)
        startJobs(on: node)
    }

    private mutating func startJobs(on node: Int) {
        while nodes[node].busyWorkers < nodes[node].workers {
            guard let job = jobs.removeFirst(from: &nodes[node].waitingJobs) else { return }
            nodes[node].busyWorkers += 1
            jobs[job].due = now + jobs[job].cost
            jobs[job].pausesBefore = nodes[node].pausedTotal
            scheduleCompletion(of: job, on: node)
        }
    }

    private mutating func scheduleCompletion(of job: Int32, on node: Int) {
        let event = QueuedEvent(
            kind: .serviceCompletion,
            subject: Int32(node),
            generation: nodes[node].incarnation,
            payload: job
        )
        queue.schedule(at: jobs[job].due, event)
    }

    mutating func serviceCompletionDue(_ due: QueuedEvent) -> KernelEvent? {
        let node = Int(due.subject)
        guard nodes[node].incarnation == due.generation else { return nil }
        guard !holds(due, at: node) else { return nil }
        let index = due.payload
        let paused = nodes[node].pausedTotal - jobs[index].pausesBefore
        if paused > .zero {
            // The worker stood still during the pause: the rest of its work is still to be done.
            jobs[index].due += paused
            jobs[index].pausesBefore = nodes[node].pausedTotal
            scheduleCompletion(of: index, on: node)
            return nil
        }
        let job = jobs[index]
        jobs.release(index)
        nodes[node].busyWorkers -= 1
        startJobs(on: node)
        return .serviceCompleted(
            node: job.node,
            connection: job.connection,
            payload: job.payload
        )
    }

    /// Drops the requests that stand in the buffer of the connection's server.
    mutating func dropWaitingJobs(connection slot: Int) {
        while let index = jobs.removeFirst(from: &connections[slot].waitingJobs) {
            discard(jobs[index].payload)
            jobs.release(index)
        }
    }

    /// Drops every request of a process that has ended.
    mutating func dropJobs(of node: NodeIndex) {
        nodes[node.position].waitingJobs = JobList()
        nodes[node.position].busyWorkers = 0
        for slot in 0..<connections.count
        where connections[slot].isInUse && sockets[2 * slot + 1].node == node {
            connections[slot].waitingJobs = JobList()
        }
        for index in 0..<Int32(jobs.jobs.count)
        where jobs[index].isInUse && jobs[index].node == node {
            discard(jobs[index].payload)
            jobs.release(index)
        }
    }
}
