import KafkaProtocol
import SimBase
import Testing

@Suite struct ChecksumAndHashTests {
    /// RFC 3720, appendix B.4, and the check value of the polynomial.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xe306_9283),
            ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
            ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
            ((0..<32).map { UInt8($0) }, 0x46dd_794e),
            ([], 0),
        ] as [([UInt8], UInt32)]
    )
    func crc32c(bytes: [UInt8], checksum: UInt32) {
        #expect(CRC32C.checksum(bytes, from: 0, to: bytes.count) == checksum)
        #expect(CRC32C.portableChecksum(bytes, from: 0, to: bytes.count) == checksum)
    }

    @Test func instructionAndTablesAgree() {
        var random = Random(seed: 1)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let start = length == 0 ? 0 : random.next(below: length)
            #expect(
                CRC32C.checksum(bytes, from: start, to: length)
                    == CRC32C.portableChecksum(bytes, from: start, to: length)
            )
        }
    }

    @Test(
        arguments: [
            ("", 275_646_681, 1), ("a", -1_563_381_124, 4), ("21", -973_932_308, 0),
            ("abc", 479_470_107, 7), ("foobar", -790_332_482, 6),
            ("a-little-bit-long-string", -985_981_536, 2),
            ("a-little-bit-longer-string", -1_486_304_829, 9), ("key-1", 193_331_640, 0),
        ] as [(String, Int32, Int32)]
    )
    func murmur2(key: String, hash: Int32, partition: Int32) {
        #expect(Murmur2.hash(Array(key.utf8)) == hash)
        #expect(Murmur2.partition(of: Array(key.utf8), count: 10) == partition)
    }

    @Test func murmur2OfASliceEqualsThatOfACopy() {
        let bytes = Array("xxfoobarxx".utf8)
        #expect(Murmur2.hash(bytes[2..<8]) == -790_332_482)
    }

    @Test(
        arguments: [
            ("my-group", -1_906_497_762, 12), ("group1", -1_237_460_590, 40),
            ("test", 3_556_498, 48), ("console-consumer-1", 35_782_224, 24),
        ] as [(String, Int32, Int32)]
    )
    func groupsFindTheirPartition(group: String, hash: Int32, partition: Int32) {
        #expect(NameTable.javaHash(group) == hash)
        #expect(NameTable.internalPartition(of: group, count: 50) == partition)
    }

    @Test func theSmallestHashCountsAsZero() {
        // A string whose Java hash is the smallest number.
        let text = "polygenelubricants"
        #expect(NameTable.javaHash(text) == Int32.min)
        #expect(NameTable.internalPartition(of: text, count: 50) == 0)
    }

    @Test func namesAreNumberedOnce() {
        var names = NameTable()
        let first = names.topic("orders")
        #expect(names.topic("orders") == first)
        #expect(names.topic("__consumer_offsets") == .consumerOffsets)
        #expect(names.text(TopicPartition(first, 4)) == "orders-4")
        #expect(!first.isInternal)
        #expect(TopicName.transactionState.isInternal)
        let group = names.group("billing")
        #expect(names.group("billing") == group)
        #expect(names.text(group) == "billing")
    }
}
