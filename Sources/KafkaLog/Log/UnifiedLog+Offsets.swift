public import KafkaProtocol
internal import SimBase

extension UnifiedLog {
    /// Raises the leader's high watermark.
    /// - Returns: whether it moved; it never goes back here.
    public mutating func raiseHighWatermark(to offset: Offset) -> Bool {
        precondition(
            offset <= logEndOffset,
            "\(partition): high watermark \(offset) beyond the log end \(logEndOffset)"
        )
        guard offset > highWatermark else { return false }
        highWatermark = offset
        return true
    }

    /// Sets a follower's or a starting leader's high watermark, clamped to what the log holds. It
    /// may go back.
    public mutating func setHighWatermark(clamping offset: Offset) {
        highWatermark = max(logStartOffset, min(offset, logEndOffset))
    }

    /// Deletes the records before `offset` for readers; their segments go with the next retention
    /// check.
    /// - Returns: `OFFSET_OUT_OF_RANGE` if `offset` is beyond the high watermark. An offset at or
    ///   below the log's start changes nothing.
    public mutating func advanceLogStart(
        to offset: Offset,
        reason: LogStartReason,
        into effects: inout [Effect]
    ) -> ErrorCode {
        guard offset <= highWatermark else { return .offsetOutOfRange }
        guard offset > logStartOffset else { return .none }
        moveLogStart(to: offset)
        if epochs.truncateFromStart(offset) { checkpointEpochs(into: &effects) }
        producers.logStartMoved(to: offset)
        effects.append(.observe(.logStartAdvanced(partition, to: offset, reason)))
        return .none
    }

    /// Lifts what may not be below the log's start.
    func liftedByLogStart(_ offset: Offset) -> Offset {
        max(offset, logStartOffset)
    }

    private mutating func moveLogStart(to offset: Offset) {
        logStartOffset = offset
        highWatermark = liftedByLogStart(highWatermark)
        recoveryPoint = liftedByLogStart(recoveryPoint)
    }
}
