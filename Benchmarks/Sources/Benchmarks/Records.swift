import KafkaProtocol

/// Record batches: written, read, and their checksum.
enum Records {
    private static let recordsPerBatch = 100
    private static let valueSize = 100
    private static let batches = 20_000

    static func run(_ report: inout Report) {
        report.heading(
            "Record batches",
            """
            Batches of \(recordsPerBatch) records with values of \(valueSize) bytes and keys of 8, \
            uncompressed. Gigabytes (1e9) of batch a second; encoding includes the checksum.
            """
        )
        let body = batch()
        let size = Double(body.count * batches)
        var sink: UInt64 = 0
        let encode = Measure.timed(rounds: report.rounds) {
            Measure.nanoseconds { for _ in 0..<batches { sink &+= UInt64(batch().crc) } }
        }
        let decode = Measure.timed(rounds: report.rounds) {
            Measure.nanoseconds {
                for _ in 0..<batches {
                    var reader = body.records
                    while let record = reader.next() { sink &+= UInt64(record.size) }
                }
            }
        }
        var rows = [
            ["encode", Text.number(body.count), encode.inverted(size).text(digits: 2)],
            ["decode", Text.number(body.count), decode.inverted(size).text(digits: 2)],
        ]
        for length in [256, body.count, 1_048_576] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let times = 400_000_000 / length
            let slowTimes = times / 4
            if CRC32C.checksum(bytes, from: 0, to: length)
                != CRC32C.portableChecksum(bytes, from: 0, to: length)
            {
                report.fail("the checksums of \(length) bytes differ")
            }
            let fast = Measure.timed(rounds: report.rounds) {
                Measure.nanoseconds {
                    for _ in 0..<times {
                        sink &+= UInt64(CRC32C.checksum(bytes, from: 0, to: length))
                    }
                }
            }
            let tables = Measure.timed(rounds: report.rounds) {
                Measure.nanoseconds {
                    for _ in 0..<slowTimes {
                        sink &+= UInt64(CRC32C.portableChecksum(bytes, from: 0, to: length))
                    }
                }
            }
            rows.append([
                "CRC-32C, instruction", Text.number(length),
                fast.inverted(Double(times * length)).text(digits: 2),
            ])
            rows.append([
                "CRC-32C, tables", Text.number(length),
                tables.inverted(Double(slowTimes * length)).text(digits: 2),
            ])
        }
        report.table(["work", "bytes", "GB/s"], rows)
        if sink == 0 { report.paragraph("(nothing was done)") }
    }

    static func batch() -> BatchBody {
        let value = [UInt8](repeating: 7, count: valueSize)
        let key = [UInt8](repeating: 3, count: 8)
        var builder = RecordBatchBuilder(capacity: 16_384)
        for index in 0..<recordsPerBatch {
            builder.append(timestamp: Int64(index), key: key, value: value)
        }
        return builder.finish()
    }
}
