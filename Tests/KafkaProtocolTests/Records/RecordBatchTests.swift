import KafkaProtocol
import SimBase
import Testing

@Suite struct RecordBatchTests {
    private func builder(_ values: [(key: [UInt8]?, value: [UInt8]?)], at timestamp: Int64 = 5)
        -> RecordBatchBuilder
    {
        var builder = RecordBatchBuilder(capacity: 1_024)
        for record in values {
            builder.append(timestamp: timestamp, key: record.key, value: record.value)
        }
        return builder
    }

    private func bytes(of batch: RecordBatch) -> [UInt8] {
        var bytes: [UInt8] = []
        batch.chunk.append(to: &bytes)
        return bytes
    }

    /// Batches may live as long as the run: they must not keep a producer's `batch.size` each.
    @Test func aFinishedBatchTakesNoMoreThanItsBytes() {
        var builder = RecordBatchBuilder(capacity: 16_384)
        builder.append(timestamp: 1, key: nil, value: [1, 2, 3])
        let body = builder.finish()
        #expect(body.shared.bytes.capacity < 2 * body.count)
    }

    @Test func oneRecordIsByteForByteKafkas() throws {
        let value = Array("0123456789".utf8)
        let body = builder([(nil, value)], at: 1_000).finish(
            producerID: ProducerID(7),
            epoch: ProducerEpoch(2),
            baseSequence: Sequence(9)
        )
        let batch = RecordBatch(
            baseOffset: Offset(0x0102),
            partitionLeaderEpoch: LeaderEpoch(3),
            body: body
        )
        #expect(batch.sizeInBytes == 78)
        let crc = body.crc
        let expected: [UInt8] =
            [0, 0, 0, 0, 0, 0, 1, 2]  // base offset
            + [0, 0, 0, 66]  // batch length
            + [0, 0, 0, 3]  // leader epoch
            + [2]  // magic
            + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * UInt32($0))) }
            + [0, 0]  // attributes
            + [0, 0, 0, 0]  // last offset delta
            + [0, 0, 0, 0, 0, 0, 3, 0xe8]  // base timestamp
            + [0, 0, 0, 0, 0, 0, 3, 0xe8]  // max timestamp
            + [0, 0, 0, 0, 0, 0, 0, 7]  // producer id
            + [0, 2]  // producer epoch
            + [0, 0, 0, 9]  // base sequence
            + [0, 0, 0, 1]  // record count
            + [32]  // length 16, zigzag
            + [0, 0, 0, 1]  // attributes, timestamp delta, offset delta, null key
            + [20] + value  // value length 10, zigzag
            + [0]  // headers
        #expect(bytes(of: batch) == expected)
        #expect(crc == CRC32C.portableChecksum(expected, from: 21, to: expected.count))
    }

    @Test(arguments: [(1, 78), (2, 95), (3, 112)])
    func eachSmallRecordAddsSeventeenBytes(records: Int, size: Int) {
        let value = [UInt8](repeating: 0, count: 10)
        let body = builder(Array(repeating: (nil, value), count: records)).finish()
        #expect(body.count + RecordBatch.headSize == size)
        #expect(body.lastOffsetDelta == Int32(records - 1))
        #expect(body.recordCount == Int32(records))
    }

    @Test func recordsComeBackAsWritten() throws {
        var builder = RecordBatchBuilder(capacity: 64)
        builder.append(timestamp: 100, key: [1, 2], value: [3])
        builder.append(timestamp: 90, key: nil, value: nil)
        builder.append(timestamp: 20_000, key: [], value: [UInt8](repeating: 9, count: 200))
        let size = builder.sizeInBytes
        let body = builder.finish()
        #expect(body.count + RecordBatch.headSize == size)
        #expect(body.baseTimestamp == 100)
        #expect(body.maxTimestamp == 20_000)
        #expect(body.isIntact)
        var reader = body.records
        let nextFirst = reader.next()
        let first = try #require(nextFirst)
        #expect(first.key.map { Array(body.shared.bytes[$0]) } == [1, 2])
        #expect(first.value.map { Array(body.shared.bytes[$0]) } == [3])
        let nextSecond = reader.next()
        let second = try #require(nextSecond)
        #expect(second.key == nil)
        #expect(second.value == nil)
        #expect(second.timestampDelta == -10)
        #expect(second.offsetDelta == 1)
        let nextThird = reader.next()
        let third = try #require(nextThird)
        #expect(third.key?.count == 0)
        #expect(third.value?.count == 200)
        #expect(third.timestampDelta == 19_900)
        #expect(reader.next() == nil)
        #expect(first.size + second.size + third.size + RecordBatch.headerSize == size)
    }

    @Test func predictedSizesAreExact() {
        let lengths: [(key: Int?, value: Int?)] = [
            (nil, 0), (nil, nil), (3, 63), (3, 64), (64, 8_191), (8_192, 8_192), (0, 100),
        ]
        var builder = RecordBatchBuilder(capacity: 64)
        for (index, length) in lengths.enumerated() {
            let timestamp = Int64(index * 5_000)
            let before = builder.sizeInBytes
            let predicted = builder.size(
                keyLength: length.key,
                valueLength: length.value,
                timestamp: timestamp
            )
            builder.append(
                timestamp: timestamp,
                key: length.key.map { [UInt8](repeating: 1, count: $0) },
                value: length.value.map { [UInt8](repeating: 1, count: $0) }
            )
            #expect(builder.sizeInBytes - before == predicted)
        }
    }

    /// 61 bytes of header, 21 of varints at their longest, and the payload.
    @Test(arguments: [
        (nil, 10, 61 + 21 + 1 + 11 + 1), (4, 64, 61 + 21 + 5 + 66 + 1),
        (nil, nil, 61 + 21 + 1 + 1 + 1), (63, 8_192, 61 + 21 + 64 + 8_195 + 1),
    ])
    func upperBound(key: Int?, value: Int?, bound: Int) {
        #expect(RecordBatchBuilder.upperBound(keyLength: key, valueLength: value) == bound)
    }

    @Test func aFlippedBitBreaksTheChecksum() throws {
        let body = builder([(nil, [1, 2, 3])]).finish()
        for position in 5..<body.count {
            var bytes = body.shared.bytes
            bytes[position] ^= 1
            let broken = try #require(BatchBody(SharedBytes(bytes)))
            #expect(!broken.isIntact)
        }
    }

    @Test func offsetAndEpochAreOutsideTheChecksum() {
        let body = builder([(nil, [1])]).finish()
        let moved = RecordBatch(
            baseOffset: Offset(1 << 40),
            partitionLeaderEpoch: LeaderEpoch(99),
            body: body
        )
        #expect(moved.body.isIntact)
        #expect(moved.lastOffset == Offset(1 << 40))
        #expect(moved.nextOffset == Offset(1 << 40 + 1))
    }

    @Test func anotherProducerIsStampedIn() {
        let body = builder([(nil, [1]), (nil, [2])]).finish(
            producerID: ProducerID(1),
            epoch: ProducerEpoch(0),
            baseSequence: Sequence(40)
        )
        let stamped = body.stamped(
            producerID: ProducerID(5),
            epoch: ProducerEpoch(3),
            baseSequence: .zero
        )
        #expect(stamped.isIntact)
        #expect(stamped.producerID == ProducerID(5))
        #expect(stamped.producerEpoch == ProducerEpoch(3))
        #expect(stamped.baseSequence == .zero)
        #expect(stamped.lastSequence == Sequence(1))
        #expect(Array(stamped.shared.bytes[45...]) == Array(body.shared.bytes[45...]))
        #expect(stamped.maxTimestamp == body.maxTimestamp)
    }

    @Test func appendTimeIsStampedIn() {
        let body = builder([(nil, [1])], at: 100).finish()
        let stamped = body.stampedAtAppend(timestamp: 777)
        #expect(stamped.isIntact)
        #expect(stamped.timestampType == .logAppendTime)
        #expect(stamped.maxTimestamp == 777)
        #expect(stamped.baseTimestamp == 100)
        #expect(stamped.count == body.count)
    }

    @Test func attributesTellKinds() {
        let control = builder([(nil, [1])]).finish(isControl: true)
        let transactional = builder([(nil, [1])]).finish(isTransactional: true)
        #expect(control.isControl)
        #expect(!control.isTransactional)
        #expect(transactional.isTransactional)
        #expect(!transactional.isControl)
        #expect(control.compressionCodec == 0)
    }

    @Test func tooFewBytesOrAnotherMagicDoNotParse() {
        let body = builder([(nil, [1])]).finish()
        #expect(BatchBody(SharedBytes(Array(body.shared.bytes[..<44]))) == nil)
        var old = body.shared.bytes
        old[0] = 1
        #expect(BatchBody(SharedBytes(old)) == nil)
    }

    @Test func tornRecordsEndTheReading() throws {
        let body = builder([(nil, [1, 2, 3]), (nil, [4, 5, 6])]).finish()
        let torn = try #require(BatchBody(SharedBytes(Array(body.shared.bytes.dropLast(2)))))
        var reader = torn.records
        let whole = reader.next()
        #expect(whole != nil)
        #expect(reader.next() == nil)
    }

    @Test func equalityIsOfBytes() {
        let first = builder([(nil, [1])]).finish()
        let second = builder([(nil, [1])]).finish()
        let third = builder([(nil, [2])]).finish()
        func batch(_ body: BatchBody, _ offset: Int64 = 0) -> RecordBatch {
            RecordBatch(
                baseOffset: Offset(offset),
                partitionLeaderEpoch: .none,
                body: body
            )
        }
        #expect(batch(first) == batch(second))
        #expect(batch(first) != batch(third))
        #expect(batch(first) != batch(second, 1))
    }
}
