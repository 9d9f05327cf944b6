internal import KafkaProtocol
internal import SimBase

/// Finds for one record why it is gone, doubled or out of order in the log.
struct ProducerDiagnosis {
    let recorder: RunRecorder

    /// What happened to a copy of a record after a leader had appended it.
    struct Fate {
        let at: Instant
        let text: String
        let cause: Cause
    }

    // MARK: Losses

    func causeOfLoss(_ record: Int) -> Cause {
        let entry = recorder.ledger.entries[record]
        switch entry.loss {
        case .none: return .lostWithoutTrace
        case .acked: return causeOfBrokenPromise(record)
        case .silent: return causeOfSilence(record)
        case .reported: return causeOfFailure(record)
        case .expired: return causeOfExpiry(record)
        }
    }

    private func causeOfBrokenPromise(_ record: Int) -> Cause {
        fate(of: record)?.cause ?? .lostWithoutTrace
    }

    private func causeOfSilence(_ record: Int) -> Cause {
        let entry = recorder.ledger.entries[record]
        if recorder.ledger.producers[Int(entry.producer)].acks == .none, entry.outcome == .acked {
            return .fireAndForget
        }
        return entry.diedWithProducer ? .diedInProducerBuffer : .neverResolved
    }

    private func causeOfFailure(_ record: Int) -> Cause {
        let entry = recorder.ledger.entries[record]
        let exception = entry.exception >= 0 ? recorder.ledger.exceptions[Int(entry.exception)] : ""
        switch exception {
        case "RecordTooLargeException":
            return entry.lastError == .messageTooLarge
                ? .aboveMaxMessageBytes : .aboveMaxRequestSize
        case "RecordBatchTooLargeException": return .aboveSegmentBytes
        case "BufferExhaustedException": return .bufferExhausted
        case "NotEnoughReplicasException", "NotEnoughReplicasAfterAppendException":
            return .notEnoughReplicas
        case "TimeoutException", "NetworkException", "NotLeaderOrFollowerException":
            if entry.lastError == .notEnoughReplicas
                || entry.lastError == .notEnoughReplicasAfterAppend
            {
                return .notEnoughReplicas
            }
            // Sent again and again, and refused each time: what cannot be split any further.
            if entry.lastError == .messageTooLarge { return .aboveMaxMessageBytes }
            return wasLeaderless(entry) ? .noReachableLeader : .deliveryTimeout
        case "IllegalStateException": return .producerClosed
        case "KafkaException":
            // Whoever shares a batch with a refused record fails with it, by this exception.
            return entry.lastError.isError && !entry.lastError.isRetriable
                ? .refusedByBroker : .abortedByClose
        default: return .refusedByBroker
        }
    }

    private func causeOfExpiry(_ record: Int) -> Cause {
        let entry = recorder.ledger.entries[record]
        let deletion = recorder.ledger.appends(of: entry)
            .lazy.compactMap { recorder.history.deletion(of: $0) }.first
        return deletion?.reason == .retention || deletion?.reason == .compaction
            ? .removedByRetention : .deletedOnRequest
    }

    /// Whether the record's producer could not find, or not reach, a leader while it tried.
    private func wasLeaderless(_ entry: Ledger.Entry) -> Bool {
        let hasBeenLed = recorder.history.leaderships.contains {
            $0.partition.topic == entry.topic && $0.change.leader != .none
                && $0.at <= entry.resolvedAt
        }
        // The partition is known of records that were appended; of others, the topic.
        let isOut = recorder.history.outages.contains {
            $0.partition.topic == entry.topic
                && (entry.partition < 0 || $0.partition.partition == entry.partition)
                && $0.from <= entry.resolvedAt && $0.to >= entry.sentAt
        }
        if isOut || !hasBeenLed { return true }
        // Somebody led, but the producer may have been cut off from all who did.
        let name = "producer/\(recorder.ledger.producers[Int(entry.producer)].name)"
        return recorder.history.faults.contains { fault in
            fault.kind == .partition && fault.at <= entry.resolvedAt
                && fault.end ?? .distantFuture >= entry.sentAt
                && fault.text.split(whereSeparator: { $0 == " " || $0 == "," })
                    .contains { $0 == name }
        }
    }

    /// What took the record from the log of the broker that acknowledged it.
    func fate(of record: Int) -> Fate? {
        let entry = recorder.ledger.entries[record]
        let producer = recorder.ledger.producers[Int(entry.producer)]
        let appends = recorder.ledger.appends(of: RecordID(Int32(record)))
        guard let last = appends.last else { return nil }
        let name = recorder.names.text(last.partition)
        let history = recorder.history
        // Where the record lived on, its loss is not that of the log it was first appended to.
        let successor = history.loss(of: last)
        let holder = history.lastHolder(of: last, until: successor)
        let end = successor?.at ?? .distantFuture
        let isHit = { (loss: ClusterHistory.TailLoss) in
            loss.partition == last.partition && loss.at >= last.at && loss.at <= end
                && loss.to <= last.offset && last.offset < loss.from
        }
        if let loss = history.tailLosses.last(where: { $0.broker == holder && isHit($0) }) {
            return fate(of: last, lostBy: loss, acks: producer.acks)
        }
        // An old leader that nobody can reach appends on while its successor already leads.
        let cut = history.truncations.first {
            $0.broker == holder && $0.partition == last.partition && $0.at >= last.at
                && $0.to <= last.offset && last.offset < $0.from
        }
        guard let at = cut?.at ?? successor.map({ max($0.at, last.at) }) else {
            // Nobody leads without it yet: the replica that will lead next has lost it.
            if let loss = history.tailLosses.last(where: isHit) {
                return fate(of: last, lostBy: loss, acks: producer.acks)
            }
            let damage = history.faults.first {
                $0.kind == .corrupt && $0.broker == holder && $0.at >= last.at
            }
            if let damage {
                return Fate(at: damage.at, text: damage.text, cause: .corruptedOnDisk)
            }
            // Elected without the record, and gone before it has led.
            let election = history.leaderships.last {
                $0.partition == last.partition && $0.change.leaderEpoch > last.epoch
                    && $0.change.election == .unclean
            }
            return election.map { change in
                Fate(
                    at: change.at,
                    text:
                        "the controller makes broker-\(change.change.leader) leader of \(name) in "
                        + "epoch \(change.change.leaderEpoch), from outside the ISR",
                    cause: cause(after: last, acks: producer.acks)
                )
            }
        }
        let text: String
        if let cut {
            text =
                "broker-\(cut.broker) truncates \(name) from \(cut.from) to \(cut.to), where the log "
                + "of the new leader parts from its own"
        } else if let successor {
            text =
                "broker-\(successor.broker) leads \(name) in epoch \(successor.epoch) from offset "
                + "\(successor.startOffset) on, without the record"
        } else {
            text = ""
        }
        return Fate(at: at, text: text, cause: cause(after: last, acks: producer.acks))
    }

    private func fate(
        of append: Ledger.Append,
        lostBy loss: ClusterHistory.TailLoss,
        acks: Acks
    ) -> Fate {
        let name = recorder.names.text(loss.partition)
        let wiped = recorder.history.faults.contains {
            $0.kind == .wipe && $0.broker == loss.broker && $0.at >= append.at && $0.at <= loss.at
        }
        return Fate(
            at: loss.at,
            text:
                "the disk of broker-\(loss.broker) holds \(name) up to \(loss.to) only, of \(loss.from)",
            cause: cause(of: loss, after: append, wiped: wiped, acks: acks)
        )
    }

    /// Why a log that lost its end was the only one with the record.
    private func cause(
        of loss: ClusterHistory.TailLoss,
        after append: Ledger.Append,
        wiped: Bool,
        acks: Acks
    ) -> Cause {
        // With acks=1 a successor elected meanwhile would have cut the record off anyway.
        let isSucceeded = recorder.history.claims.contains {
            $0.partition == append.partition && $0.epoch > append.epoch && $0.at < loss.at
                && $0.broker != append.broker && $0.startOffset <= append.offset
        }
        if isDamaged(loss) { return .corruptedOnDisk }
        if acks != .all, isSucceeded { return .ackedByLeaderAlone }
        return wiped ? .diskLost : .powerLossBeforeFsync
    }

    /// Whether the log was found cut because a batch of it had been damaged since the last time.
    private func isDamaged(_ loss: ClusterHistory.TailLoss) -> Bool {
        recorder.history.faults.contains { fault in
            fault.kind == .corrupt && fault.broker == loss.broker && fault.at <= loss.at
                && !recorder.history.tailLosses.contains {
                    $0.broker == loss.broker && $0.partition == loss.partition
                        && $0.at >= fault.at && $0.at < loss.at
                }
        }
    }

    /// Why the successor of the leader that appended did not have the record.
    private func cause(after append: Ledger.Append, acks: Acks) -> Cause {
        let leaderships = recorder.history.leaderships.filter {
            $0.partition == append.partition
        }
        let isSuccessorUnclean = leaderships.contains {
            $0.change.leaderEpoch > append.epoch && $0.change.election == .unclean
        }
        if isSuccessorUnclean {
            let own = leaderships.last {
                $0.at <= append.at && $0.change.leaderEpoch <= append.epoch
            }
            let isr = own?.change.isr ?? []
            return acks == .all && isr.count == 1 ? .inSyncReplicaSetOfOne : .uncleanElection
        }
        // Cleanly elected, and yet without it: with acks=all only a lost disk tail explains that.
        if acks == .all {
            let lostTail = recorder.history.tailLosses.contains {
                $0.partition == append.partition && $0.at >= append.at && $0.to <= append.offset
            }
            return lostTail ? .powerLossBeforeFsync : .divergedLog
        }
        return .ackedByLeaderAlone
    }

    // MARK: Duplicates and disorder

    func causeOfDuplicate(_ record: Int) -> Cause {
        let entry = recorder.ledger.entries[record]
        if entry.resends > 0 { return .applicationResend }
        let producer = recorder.ledger.producers[Int(entry.producer)]
        guard producer.isIdempotent else { return .retryWithoutIdempotence }
        // Without new sequences the broker must have forgotten the old ones.
        return producer.epochBumps > 0 ? .sequenceReset : .producerIDExpired
    }

    func causeOfDisorder(_ record: Int) -> Cause {
        recorder.ledger.entries[record].resends > 0 ? .resentBehindLater : .retriedBehindLater
    }
}
