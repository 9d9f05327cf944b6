import Checkers
import KafkaProtocol
import Scenario
import SimBase

extension ClusterHost {
    /// The promises that can only be judged when all is over.
    mutating func checkAtEnd(_ verdict: Verdict) {
        checkReplicas(verdict)
        checkAcknowledged(verdict)
        checkCommits(verdict)
    }

    /// Replicas in sync hold the same batches below the high watermark.
    private mutating func checkReplicas(_ verdict: Verdict) {
        for state in verdict.partitions
        where state.divergent > 0 && !verdict.recorder.invariants.mayHaveLost(state.partition) {
            let isSettled = state.isr.count == state.replicas.count
            guard isSettled else { continue }
            recorder.invariants.found(
                "in-sync replicas agree below the high watermark",
                "\(state.divergent) offsets of \(document.names.text(state.partition)) differ",
                at: now
            )
        }
    }

    /// A record acknowledged with acks=all survives everything but a lost disk tail, an unclean
    /// election, and what deletes records on purpose.
    private mutating func checkAcknowledged(_ verdict: Verdict) {
        let ledger = verdict.recorder.ledger
        for (index, entry) in ledger.entries.enumerated() where entry.loss == .acked {
            // Without an offset it was acknowledged by nobody but the scenario (`respond`).
            guard ledger.producers[Int(entry.producer)].acks == .all, entry.partition >= 0,
                entry.offset != .none
            else { continue }
            let partition = TopicPartition(entry.topic, entry.partition)
            guard !verdict.recorder.invariants.mayHaveLost(partition) else { continue }
            // What may have been lost in an earlier life of the topic is forgotten with it.
            let isOfEarlierLife = verdict.recorder.history.deletedTopics.contains {
                $0.topic == entry.topic && $0.at >= entry.sentAt
            }
            guard !isOfEarlierLife else { continue }
            recorder.invariants.found(
                "a record acknowledged by all in-sync replicas is never lost",
                "record \(index) of \(document.names.text(partition)) at offset \(entry.offset)",
                at: now
            )
            return
        }
    }

    /// No group has committed beyond the end of the log, but where a topic of the same name was
    /// deleted: members that have not heard of it commit their old positions.
    private mutating func checkCommits(_ verdict: Verdict) {
        for group in layout.groups.indices {
            for commit in recorder.groups.commits[group] {
                guard let log = verdict.logs.log(of: commit.partition),
                    !verdict.recorder.invariants.mayHaveLost(commit.partition),
                    !recorder.history.deletedTopics.contains(where: {
                        $0.topic == commit.partition.topic
                    }),
                    log.logEnd.rawValue > 0, commit.offset > log.logEnd
                else { continue }
                recorder.invariants.found(
                    "no committed offset lies beyond the log end",
                    "\(recorder.ledger.groups[group].name) committed \(commit.offset) of "
                        + "\(document.names.text(commit.partition)), which ends at \(log.logEnd)",
                    at: now
                )
            }
        }
    }
}
