import KafkaProtocol
import SimBase
import Testing

@Suite struct WireTypeTests {
    @Test(
        arguments: [
            (0, [0]), (-1, [1]), (1, [2]), (63, [126]), (-64, [127]), (64, [128, 1]),
            (-65, [129, 1]), (8_191, [254, 127]), (8_192, [128, 128, 1]), (-8_193, [129, 128, 1]),
        ] as [(Int64, [UInt8])]
    )
    func varints(value: Int64, bytes: [UInt8]) {
        var writer = ByteWriter()
        writer.varint(value)
        #expect(writer.bytes == bytes)
        #expect(VarintLength.of(value) == bytes.count)
        var reader = ByteReader(bytes)
        #expect(reader.varint() == value)
    }

    @Test(arguments: [Int64.min, -1 << 40, Int64(Int32.min), 1_048_576, Int64(Int32.max), .max])
    func largeVarintsReturn(value: Int64) {
        var writer = ByteWriter()
        writer.varint(value)
        #expect(writer.count == VarintLength.of(value))
        var reader = ByteReader(writer.bytes)
        #expect(reader.varint() == value)
    }

    @Test func integersAreBigEndian() {
        var writer = ByteWriter()
        writer.int8(-2)
        writer.int16(0x0102)
        writer.int32(-1)
        writer.int64(0x0102_0304_0506_0708)
        writer.string("ab")
        #expect(
            writer.bytes
                == [254, 1, 2, 255, 255, 255, 255, 1, 2, 3, 4, 5, 6, 7, 8, 0, 2, 97, 98]
        )
        var reader = ByteReader(writer.bytes)
        #expect(reader.int8() == -2)
        #expect(reader.int16() == 0x0102)
        #expect(reader.int32() == -1)
        #expect(reader.int64() == 0x0102_0304_0506_0708)
        #expect(reader.string() == "ab")
        #expect(reader.remaining == 0)
    }

    @Test func readingPastTheEndIsNothing() {
        var reader = ByteReader([0x80, 0x80])
        #expect(reader.int32() == nil)
        #expect(reader.varint() == nil)
        var short = ByteReader([0, 5, 65])
        #expect(short.string() == nil)
    }

    @Test(
        arguments: [
            (0, 1, 1), (5, 3, 8), (Int32.max, 1, 0), (Int32.max - 1, 1, Int32.max),
            (Int32.max - 1, 3, 1), (-1, 1, 0),
        ] as [(Int32, Int32, Int32)]
    )
    func sequencesWrapToZero(from: Int32, by: Int32, to: Int32) {
        #expect(Sequence(from).advanced(by: by) == Sequence(to))
    }

    @Test func lastSequenceWraps() {
        var builder = RecordBatchBuilder(capacity: 64)
        for _ in 0..<3 { builder.append(timestamp: 1, key: nil, value: [1]) }
        let body = builder.finish(
            producerID: ProducerID(1),
            epoch: ProducerEpoch(0),
            baseSequence: Sequence(Int32.max)
        )
        #expect(body.lastSequence == Sequence(1))
    }

    @Test func identityTravelsInTheValue() {
        var value = [UInt8](repeating: 1, count: 20)
        RecordID(123_456).stamp(&value)
        #expect(Array(value[16...]) == [1, 1, 1, 1])
        let around = [9, 9] + value
        #expect(RecordID(around, at: 2..<22) == RecordID(123_456))
        #expect(RecordID(around, at: 1..<21) == nil)
        #expect(RecordID(around, at: 2..<17) == nil)
    }
}
