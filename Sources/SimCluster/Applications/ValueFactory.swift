import KafkaProtocol
import Scenario
import SimBase

/// Makes the keys and values of an application's records from its workload stream.
struct ValueFactory {
    private var random: Random
    /// A stock of seeded text from which values are cut; it compresses about four to one.
    private let filler: [UInt8]
    /// Cumulative weights of a zipf key, in units of 1 / 2^20.
    private let zipf: [UInt64]
    private var sequence: Int64 = 0
    private var listPosition = 0

    init(keys: KeySpec, random: Random) {
        self.random = random
        var stream = random
        var filler: [UInt8] = []
        filler.reserveCapacity(65_536)
        // Runs of sixteen bytes of which four are random: what a JSON document looks like to a
        // compressor.
        while filler.count < 65_536 {
            let word = stream.next()
            for index in 0..<4 {
                filler.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * index)))
            }
            filler.append(contentsOf: [
                0x22, 0x3a, 0x22, 0x76, 0x61, 0x6c, 0x75, 0x65, 0x22, 0x2c, 0x20, 0x22,
            ])
        }
        self.filler = filler
        if case .zipf(let cardinality) = keys {
            var total: UInt64 = 0
            zipf = (1...max(1, cardinality)).map { rank in
                total += (1 << 20) / UInt64(rank) + 1
                return total
            }
        } else {
            zipf = []
        }
    }

    /// The value of the `number`-th record (from 1) that carries the identity `record`.
    mutating func value(_ record: RecordID, size: ValueSizeSpec, number: Int64) -> [UInt8] {
        let length: Int
        switch size {
        case .fixed(let bytes): length = bytes
        case .uniform(let low, let high):
            length = Int(random.next(from: Int64(low), through: Int64(high)))
        case .every(let period, let bytes, let otherwise):
            length = number % period == 0 ? bytes : otherwise
        }
        var value: [UInt8] = []
        value.reserveCapacity(length)
        let start = Int(record.rawValue) &* 16 & 0xfff0
        while value.count < length {
            let from = value.isEmpty ? start : 0
            let count = min(length - value.count, filler.count - from)
            value.append(contentsOf: filler[from..<from + count])
        }
        record.stamp(&value)
        return value
    }

    /// The next key; `nil` for a record without one.
    mutating func key(_ spec: KeySpec) -> [UInt8]? {
        switch spec {
        case .none: return nil
        case .uniform(let cardinality):
            return text(random.next(from: 0, through: cardinality - 1))
        case .zipf:
            guard let total = zipf.last else { return nil }
            let draw = random.next(below: total)
            var low = 0
            var high = zipf.count - 1
            while low < high {
                let middle = (low + high) / 2
                if zipf[middle] <= draw { low = middle + 1 } else { high = middle }
            }
            return text(Int64(low))
        case .sequence:
            defer { sequence += 1 }
            return text(sequence)
        case .list(let keys):
            guard !keys.isEmpty else { return nil }
            defer { listPosition = (listPosition + 1) % keys.count }
            return Array(keys[listPosition].utf8)
        }
    }

    /// `key-17`.
    private func text(_ number: Int64) -> [UInt8] {
        Array("key-\(number)".utf8)
    }
}
