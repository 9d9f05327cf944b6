internal import KafkaProtocol
internal import SimBase

/// Puts a cause into one sentence with offsets and times.
struct Narrator {
    let recorder: RunRecorder
    let expert: ProducerDiagnosis

    func sentence(_ cause: Cause, records: [Int], count: Int64, group: Int?) -> String {
        let many = "\(count) \(count == 1 ? "record" : "records")"
        let (were, stand) = count == 1 ? ("was", "stands") : ("were", "stand")
        let place = places(of: records)
        let name = group.map { recorder.ledger.groups[$0].name } ?? ""
        switch cause {
        case .ackedByLeaderAlone:
            return "\(many) (\(place)) \(acknowledged(records)) before any follower had "
                + "\(count == 1 ? "it" : "them")\(ending(records))."
        case .uncleanElection:
            return "\(many) (\(place)) \(acknowledged(records)), but a replica outside the ISR "
                + "became leader without \(count == 1 ? "it" : "them")\(ending(records))."
        case .powerLossBeforeFsync:
            return
                "\(many) (\(place)) \(acknowledged(records)) from the page cache and lost with the "
                + "power before an fsync\(ending(records))."
        case .diskLost:
            return "\(many) (\(place)) \(acknowledged(records)) and lost with a disk"
                + "\(ending(records))."
        case .corruptedOnDisk:
            return "\(many) (\(place)) \(acknowledged(records)) and cut off behind a damaged batch"
                + "\(ending(records))."
        case .inSyncReplicaSetOfOne:
            return "\(many) (\(place)) \(acknowledged(records)) while the leader was the whole ISR"
                + "\(ending(records))."
        case .divergedLog:
            return "\(many) (\(place)) \(acknowledged(records)) and cut off when the logs diverged"
                + "\(ending(records))."
        case .lostWithoutTrace:
            return "\(many) \(acknowledged(records)) and left no trace in any log."
        case .fireAndForget:
            let hasAppends = records.contains {
                !recorder.ledger.appends(of: RecordID(Int32($0))).isEmpty
            }
            return hasAppends
                ? "\(many) counted as sent when written to a socket, and \(stand) in no log."
                : "\(many) counted as sent when written to a socket, and reached no log."
        case .diedInProducerBuffer:
            return "\(many) \(were) in the producer's memory or in flight when its process ended."
        case .neverResolved:
            return "\(many) had no answer when the run ended."
        case .aboveMaxRequestSize:
            return "\(many) exceeded the client's max.request.size; nothing was sent."
        case .aboveMaxMessageBytes:
            return "\(many) passed the client's limit, but the broker answered MESSAGE_TOO_LARGE."
        case .aboveSegmentBytes:
            return
                "\(many) came in batches larger than the topic's segment.bytes: refused for good."
        case .bufferExhausted:
            return "\(many) found buffer.memory full and max.block.ms over."
        case .notEnoughReplicas:
            return
                "\(many) could not be stored: the ISR was smaller than min.insync.replicas until "
                + "the producer gave up."
        case .noReachableLeader:
            return "\(many) found no reachable leader within delivery.timeout.ms."
        case .deliveryTimeout:
            return "\(many) ran into delivery.timeout.ms."
        case .producerClosed: return "\(many) met a closed producer."
        case .abortedByClose:
            return "\(many) \(were) not yet acknowledged when the producer was closed by force."
        case .refusedByBroker:
            return "\(many) \(were) refused by the broker for good\(lastError(records))."
        case .removedByRetention:
            return "\(many) (\(place)) \(were) removed by retention or compaction."
        case .deletedOnRequest: return "\(many) (\(place)) \(were) deleted on request."
        case .applicationResend:
            return
                "\(many) \(stand) in the log again because the application sent \(count == 1 ? "it" : "them") again."
        case .retryWithoutIdempotence:
            return
                "\(many) \(stand) in the log again because a retry repeated a batch that had been stored."
        case .sequenceReset:
            return
                "\(many) \(stand) in the log again because the producer began new sequences after an "
                + "unresolved batch."
        case .producerIDExpired:
            return
                "\(many) \(stand) in the log again because the broker had forgotten the producer's "
                + "sequences when a batch was repeated."
        case .retriedBehindLater:
            return
                "\(many) \(stand) behind later ones: a batch was retried while the next was accepted."
        case .resentBehindLater:
            return
                "\(many) \(stand) behind later ones: the application sent \(count == 1 ? "it" : "them") again."
        case .committedBeforeProcessing:
            return "\(many) (\(place)) \(were) committed by \(name) before anybody had processed "
                + "\(count == 1 ? "it" : "them")."
        case .startedAtLatest:
            return "\(many) (\(place)) stood before the position from which \(name) began to read."
        case .removedBeforeRead:
            return "\(many) \(were) removed before \(name) read \(count == 1 ? "it" : "them")."
        case .notYetRead:
            return "\(many) (\(place)) \(were) not read by \(name) before the run ended."
        case .neverInLog:
            return
                "\(many) never reached \(name), because no log holds \(count == 1 ? "it" : "them")."
        case .reprocessedAfterRestart:
            return
                "\(many) (\(place)) \(were) processed by a member of \(name) whose process ended before "
                + "\(count == 1 ? "it was" : "they were") committed, and then read again."
        case .reprocessedAfterRebalance:
            return
                "\(many) (\(place)) \(were) processed by one member of \(name) and, not being committed, "
                + "by the next owner again."
        case .reprocessedAfterReset:
            return
                "\(many) (\(place)) \(were) processed by \(name) and read again: its position was not in "
                + "the log any more and was reset."
        case .replacedAfterRead:
            return
                "\(many) (\(place)) took offsets that \(name) had read and committed before the log "
                + "was cut there."
        case .processingFailed:
            return
                "\(many) (\(place)) could not be processed by \(name), which went on and committed "
                + "past \(count == 1 ? "it" : "them")."
        case .readTwiceFromLog:
            return "\(many) \(were) processed by \(name) once for each copy in the log."
        }
    }

    func settings(_ cause: Cause, record: Int, group: Int?) -> [SettingRow] {
        let entry = recorder.ledger.entries[record]
        let producer = recorder.ledger.producers[Int(entry.producer)]
        let topic = recorder.topics.first { $0.topic == entry.topic }
        let consumer = group.map { recorder.ledger.groups[$0] }
        switch cause {
        case .ackedByLeaderAlone, .divergedLog:
            return producer.settings("acks") + (topic?.settings("min.insync.replicas") ?? [])
        case .uncleanElection:
            return producer.settings("acks")
                + (topic?.settings("unclean.leader.election.enable", "min.insync.replicas") ?? [])
        case .powerLossBeforeFsync:
            return producer.settings("acks") + (topic?.settings("flush.messages") ?? [])
        case .diskLost, .corruptedOnDisk:
            return topic?.settings("replication.factor", "min.insync.replicas") ?? []
        case .inSyncReplicaSetOfOne, .notEnoughReplicas:
            return producer.settings("acks", "delivery.timeout.ms")
                + (topic?.settings("min.insync.replicas", "replication.factor") ?? [])
        case .fireAndForget: return producer.settings("acks")
        case .diedInProducerBuffer, .neverResolved, .abortedByClose:
            return producer.settings("linger.ms", "batch.size")
        case .aboveMaxRequestSize: return producer.settings("max.request.size")
        case .aboveMaxMessageBytes:
            return producer.settings("max.request.size")
                + (topic?.settings("max.message.bytes") ?? [])
        case .aboveSegmentBytes:
            return producer.settings("batch.size") + (topic?.settings("segment.bytes") ?? [])
        case .producerIDExpired: return producer.settings("delivery.timeout.ms")
        case .bufferExhausted: return producer.settings("buffer.memory", "max.block.ms")
        case .noReachableLeader, .deliveryTimeout, .sequenceReset:
            return producer.settings("delivery.timeout.ms", "retries")
        case .producerClosed: return producer.settings("on-error")
        case .applicationResend, .resentBehindLater:
            // A re-send after a restart is nobody's setting.
            return producer.resends ? producer.settings("on-error") : []
        case .refusedByBroker, .lostWithoutTrace, .deletedOnRequest, .neverInLog, .notYetRead,
            .readTwiceFromLog:
            return []
        case .removedByRetention, .removedBeforeRead:
            return topic?.settings("retention.ms", "retention.bytes", "segment.bytes") ?? []
        case .replacedAfterRead:
            return topic?.settings("unclean.leader.election.enable", "min.insync.replicas") ?? []
        case .retryWithoutIdempotence:
            return producer.settings("enable.idempotence", "retries")
        case .retriedBehindLater:
            return producer.settings(
                "enable.idempotence",
                "max.in.flight.requests.per.connection"
            )
        case .committedBeforeProcessing, .reprocessedAfterRestart, .reprocessedAfterRebalance,
            .processingFailed:
            return consumer?.settings("commit", "enable.auto.commit", "auto.commit.interval.ms")
                ?? []
        case .startedAtLatest, .reprocessedAfterReset:
            return consumer?.settings("auto.offset.reset") ?? []
        }
    }

    // MARK: Phrases

    /// `orders-0 at 340-499`, for each partition with a loss; at most three of them.
    private func places(of records: [Int]) -> String {
        struct Range {
            let partition: TopicPartition
            var low: Offset
            var high: Offset
        }
        var ranges: [Range] = []
        for record in records {
            let entry = recorder.ledger.entries[record]
            guard entry.partition >= 0, entry.offset.rawValue >= 0 else { continue }
            let partition = TopicPartition(entry.topic, entry.partition)
            if let index = ranges.firstIndex(where: { $0.partition == partition }) {
                ranges[index].low = min(ranges[index].low, entry.offset)
                ranges[index].high = max(ranges[index].high, entry.offset)
            } else {
                ranges.append(Range(partition: partition, low: entry.offset, high: entry.offset))
            }
        }
        guard !ranges.isEmpty else { return "in no log" }
        let texts = ranges.sorted { $0.partition < $1.partition }.prefix(3).map { range in
            let offsets =
                range.low == range.high
                ? "offset \(range.low)" : "offsets \(range.low)-\(range.high)"
            return "\(recorder.names.text(range.partition)) \(offsets)"
        }
        return texts.joined(separator: ", ") + (ranges.count > 3 ? ", …" : "")
    }

    /// What the broker answered, where it did.
    private func lastError(_ records: [Int]) -> String {
        guard let first = records.first, recorder.ledger.entries[first].lastError.isError else {
            return ""
        }
        return " (\(recorder.ledger.entries[first].lastError.name))"
    }

    private func acknowledged(_ records: [Int]) -> String {
        let verb = records.count == 1 ? "was" : "were"
        let brokers = records.compactMap {
            recorder.ledger.appends(of: RecordID(Int32($0))).last?.broker
        }
        guard let first = brokers.first else { return "\(verb) acknowledged" }
        return brokers.allSatisfy { $0 == first }
            ? "\(verb) acknowledged by broker-\(first)" : "\(verb) acknowledged"
    }

    private func ending(_ records: [Int]) -> String {
        guard let first = records.first, let fate = expert.fate(of: first) else { return "" }
        return "; at \(Narrator.seconds(fate.at)) \(fate.text)"
    }

    /// `12.345 s`.
    static func seconds(_ instant: Instant) -> String {
        let milliseconds = instant.milliseconds
        let fraction = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count)
            + fraction + " s"
    }
}
