internal import CChecksums

/// The Castagnoli CRC that guards record batches.
public enum CRC32C {
    /// The checksum of `bytes[start ..< end]`.
    public static func checksum(_ bytes: [UInt8], from start: Int, to end: Int) -> UInt32 {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, end > start else { return 0 }
            return kafkasim_crc32c(0, base + start, end - start)
        }
    }

    /// The same by tables alone, on every processor.
    public static func portableChecksum(_ bytes: [UInt8], from start: Int, to end: Int) -> UInt32 {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, end > start else { return 0 }
            return kafkasim_crc32c_portable(0, base + start, end - start)
        }
    }
}
