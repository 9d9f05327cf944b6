/// The hash by which a keyed record finds its partition.
/// - Source: org.apache.kafka.common.utils.Utils.murmur2.
public enum Murmur2 {
    /// The hash of `bytes` with Kafka's seed, which may be negative.
    public static func hash(_ bytes: some RandomAccessCollection<UInt8>) -> Int32 {
        let multiplier: UInt32 = 0x5bd1_e995
        let count = bytes.count
        var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: count)
        var index = bytes.startIndex
        var word: UInt32 = 0
        for position in 0..<count {
            word |= UInt32(bytes[index]) << UInt32(8 * (position % 4))
            index = bytes.index(after: index)
            if position % 4 == 3 {
                word = word &* multiplier
                word ^= word >> 24
                word = word &* multiplier
                hash = (hash &* multiplier) ^ word
                word = 0
            }
        }
        if count % 4 != 0 {
            hash = (hash ^ word) &* multiplier
        }
        hash ^= hash >> 13
        hash = hash &* multiplier
        hash ^= hash >> 15
        return Int32(bitPattern: hash)
    }

    /// The partition of a key among all `count` partitions, available or not.
    public static func partition(of key: some RandomAccessCollection<UInt8>, count: Int32) -> Int32
    {
        (hash(key) & 0x7fff_ffff) % count
    }
}
