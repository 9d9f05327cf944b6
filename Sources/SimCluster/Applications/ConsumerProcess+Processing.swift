import Checkers
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase

/// What the application does with the records that `poll()` returned.
extension ConsumerProcess {
    mutating func polled(
        _ records: [FetchedRecord],
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        guard thread == .polling else { return }
        guard !records.isEmpty else { return workersPollAgain(now, &effects) }
        batch = records
        if spec.commit == .beforeProcessing {
            commit(.thenProcess, isSync: true, offsets: nil, now, &effects)
        } else {
            beginProcessing(now, &effects, &recorder)
        }
    }

    private mutating func beginProcessing(
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        if case .workers = spec.processing.mode {
            workers.add(batch, at: now)
            batch.clear()
            effects.append(.armTimer(.workers, at: workersWakeUp))
            return workersPollAgain(now, &effects)
        }
        thread = .processing(since: now, done: 0)
        if spec.processing.time == .zero, !isWatched {
            settle(at: now, recorder: &recorder)
            proceed(now, &effects, &recorder)
        } else {
            effects.append(.armTimer(.application, at: nextStop(since: now, done: 0)))
        }
    }

    /// When the thread next has to decide something: at the end of the batch, after each record
    /// with a commit per record, at a record that will fail.
    func nextStop(since: Instant, done: Int) -> Instant {
        let upTo =
            spec.commit == .perRecord || isWatched
            ? done + 1 : min(batch.count, failurePoint(done: done) ?? batch.count)
        return since + spec.processing.time * Int64(upTo)
    }

    /// How many records of the batch are processed when processing fails; `nil` if it does not.
    private func failurePoint(done: Int) -> Int? {
        guard let failure = spec.failure, failure.reaction == .crash else { return nil }
        let before = failure.every - 1 - handledCount % failure.every
        return done + Int(before) < batch.count ? done + Int(before) : nil
    }

    /// Accounts for what has been processed up to `now`.
    mutating func settle(at now: Instant, recorder: inout RunRecorder) {
        guard pausedAt == nil else { return }
        settleWorkers(at: now, &recorder)
        guard case .processing(let since, let done) = thread else { return }
        let time = spec.processing.time
        let reached =
            time == .zero
            ? batch.count : min(batch.count, Int((now - since).nanoseconds / time.nanoseconds))
        var limit = min(reached, failurePoint(done: done) ?? batch.count)
        if spec.commit == .perRecord { limit = min(limit, done + 1) }
        guard limit > done else { return }
        for number in done..<limit {
            process(batch[number], at: since + time * Int64(number + 1), &recorder)
        }
        thread = .processing(since: since, done: limit)
    }

    private mutating func process(
        _ record: FetchedRecord,
        at instant: Instant,
        _ recorder: inout RunRecorder
    ) {
        handledCount += 1
        guard let value = record.value, let id = RecordID(record.body.shared.bytes, at: value)
        else { return }
        if let failure = spec.failure, failure.reaction == .skip,
            handledCount % failure.every == 0
        {
            recorder.groups.gaveUp(id, group: member.groupIndex)
            return
        }
        recorder.ledger.processed(
            id,
            group: Int32(member.groupIndex),
            member: Int32(member.number - 1),
            from: record.partition,
            at: record.offset,
            now: instant
        )
    }

    /// The thread has come to where it has to decide.
    mutating func proceed(
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        guard case .processing(let since, let done) = thread else { return }
        if let point = failurePoint(done: done), done >= point {
            handledCount += 1
            wantsToCrash = true
            return
        }
        if spec.commit == .perRecord, done > 0 {
            let offset = batch[done - 1].following
            return commit(
                .thenNextRecord(since: since, done: done),
                isSync: true,
                offsets: [offset],
                now,
                &effects
            )
        }
        guard done >= batch.count else {
            effects.append(.armTimer(.application, at: nextStop(since: since, done: done)))
            return
        }
        finishedBatch(now, &effects)
    }

    private mutating func finishedBatch(_ now: Instant, _ effects: inout [Effect]) {
        batch = []
        switch spec.commit {
        case .afterProcessing: commit(.thenPoll, isSync: true, offsets: nil, now, &effects)
        case .asyncAfterProcessing:
            thread = .polling
            commitAsynchronously(nil, now, &effects)
            pollAgain(now, &effects)
        case .auto, .beforeProcessing, .perRecord, .none: pollAgain(now, &effects)
        }
    }

    /// `commitSync()` has returned, or thrown something that the application logs.
    mutating func committed(
        _ now: Instant,
        _ effects: inout [Effect],
        _ recorder: inout RunRecorder
    ) {
        guard case .committing(let next) = thread else { return }
        switch next {
        case .thenProcess:
            beginProcessing(now, &effects, &recorder)
        case .thenPoll:
            pollAgain(now, &effects)
        case .thenNextRecord(_, let done):
            guard done < batch.count else { return finishedBatch(now, &effects) }
            // The clock of the next record starts now: the commit took time of its own.
            let since = now - spec.processing.time * Int64(done)
            thread = .processing(since: since, done: done)
            effects.append(
                .armTimer(.application, at: max(now, nextStop(since: since, done: done)))
            )
        }
    }

    // MARK: Workers

    /// When the process has to look at its workers: when the next record is done if that may have
    /// consequences, otherwise only at the end.
    var workersWakeUp: Instant {
        spec.failure?.reaction == .crash || isWatched ? workers.nextDone : workers.lastDone
    }

    /// Whether the poll loop commits what its workers have finished. No worker may do it itself: a
    /// consumer belongs to one thread.
    var commitsFinished: Bool {
        switch spec.commit {
        case .afterProcessing, .asyncAfterProcessing, .perRecord: true
        case .auto, .beforeProcessing, .none: false
        }
    }

    private mutating func settleWorkers(at now: Instant, _ recorder: inout RunRecorder) {
        while !wantsToCrash, let item = workers.finishNext(at: now) {
            if let failure = spec.failure, failure.reaction == .crash,
                (handledCount + 1) % failure.every == 0
            {
                handledCount += 1
                wantsToCrash = true
                return
            }
            process(item.record, at: item.done, &recorder)
            if commitsFinished { note(item.record.following) }
        }
    }

    private mutating func note(_ offset: CommittedOffset) {
        let place = finished.firstIndex { $0.partition >= offset.partition } ?? finished.count
        if place < finished.count, finished[place].partition == offset.partition {
            finished[place] = offset
        } else {
            finished.insert(offset, at: place)
        }
    }

    mutating func workersProceed(_ now: Instant, _ effects: inout [Effect]) {
        if !workers.isEmpty { effects.append(.armTimer(.workers, at: workersWakeUp)) }
        if thread == .draining { close(now, &effects) }
    }

    private mutating func workersPollAgain(_ now: Instant, _ effects: inout [Effect]) {
        guard commitsFinished, !finished.isEmpty else { return pollAgain(now, &effects) }
        commitFinished(now, &effects)
    }

    mutating func commitFinished(_ now: Instant, _ effects: inout [Effect]) {
        let offsets = finished
        finished.clear()
        guard spec.commit == .asyncAfterProcessing else {
            return commit(.thenPoll, isSync: true, offsets: offsets, now, &effects)
        }
        commitAsynchronously(offsets, now, &effects)
        pollAgain(now, &effects)
    }
}

extension FetchedRecord {
    /// What is committed once the record is done.
    fileprivate var following: CommittedOffset {
        CommittedOffset(
            partition: partition,
            offset: offset.advanced(by: 1),
            leaderEpoch: leaderEpoch
        )
    }
}
