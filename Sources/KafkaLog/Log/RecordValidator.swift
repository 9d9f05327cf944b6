internal import KafkaProtocol
internal import SimBase

/// What a leader checks of a batch before it gives it offsets.
/// - Source: org.apache.kafka.storage.internals.log.LogValidator, kafka.log.UnifiedLog.
enum RecordValidator {
    enum Verdict {
        /// The body to write: the client's own, or one stamped with the broker's clock.
        case accepted(BatchBody)
        case refused(ErrorCode, [Int32])
    }

    /// - Parameters:
    ///   - batch: as it came.
    ///   - origin: on whose behalf.
    ///   - config: the topic's limits.
    ///   - wallClock: the broker's clock, milliseconds since 1970.
    /// - Returns: the body to write, or why there is none.
    static func validate(
        _ batch: RecordBatch,
        _ origin: AppendOrigin,
        _ config: TopicConfig,
        wallClock: Int64
    ) -> Verdict {
        let body = batch.body
        if origin == .client, batch.baseOffset != .zero { return .refused(.invalidRecord, []) }
        guard Int64(batch.sizeInBytes) <= config.maxMessageBytes.bytes else {
            return .refused(.messageTooLarge, [])
        }
        guard body.isIntact else { return .refused(.corruptMessage, []) }
        if origin == .client, !isWellFormed(body) { return .refused(.invalidRecord, []) }
        if let refusal = checkRecords(body, config, wallClock: wallClock) { return refusal }
        return .accepted(
            config.timestampType == .logAppendTime && !body.isControl
                ? body.stampedAtAppend(timestamp: wallClock) : body
        )
    }

    private static func isWellFormed(_ body: BatchBody) -> Bool {
        body.recordCount > 0
            && body.lastOffsetDelta == body.recordCount - 1
            && !body.isControl
            && (!body.hasProducer || body.baseSequence >= .zero)
    }

    /// Looks into the records only where the topic's configuration asks for it.
    private static func checkRecords(
        _ body: BatchBody,
        _ config: TopicConfig,
        wallClock: Int64
    ) -> Verdict? {
        let needsKeys = config.compacts && !body.isControl
        let isCreateTime = config.timestampType == .createTime && !body.isControl
        let claimsAppendTime = isCreateTime && body.timestampType == .logAppendTime
        // The newest record is within bounds if the batch's largest timestamp is; the oldest need
        // not be the first.
        let needsTimestamps =
            isCreateTime
            && (body.maxTimestamp - wallClock > config.timestampAfterMax.milliseconds
                || config.timestampBeforeMax < .forever)
        guard needsKeys || claimsAppendTime || needsTimestamps else { return nil }
        var errors: [Int32] = []
        var hasTimestampError = false
        var records = body.records
        var index: Int32 = 0
        while let record = records.next() {
            let timestamp = body.baseTimestamp + record.timestampDelta
            if needsKeys, record.key == nil {
                errors.append(index)
            } else if claimsAppendTime
                || (needsTimestamps && isOutOfBounds(timestamp, config, wallClock: wallClock))
            {
                errors.append(index)
                hasTimestampError = true
            }
            index += 1
        }
        guard !errors.isEmpty else { return nil }
        return .refused(hasTimestampError ? .invalidTimestamp : .invalidRecord, errors)
    }

    private static func isOutOfBounds(
        _ timestamp: Int64,
        _ config: TopicConfig,
        wallClock: Int64
    ) -> Bool {
        guard timestamp >= 0 else { return false }
        let age = wallClock - timestamp
        return age > config.timestampBeforeMax.milliseconds
            || -age > config.timestampAfterMax.milliseconds
    }
}
