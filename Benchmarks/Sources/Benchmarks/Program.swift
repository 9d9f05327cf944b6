import CBenchmarks

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Another program's run.
struct Outcome {
    var status: Int32
    var wallNanoseconds: Double
    var cpuNanoseconds: Double
    var peakBytes: Double
    /// What it printed.
    var output: String
}

/// Runs programs to their end.
///
/// The peak memory of a child counts what its parent held when it was started, so the process that
/// starts them keeps small: each part of the benchmarks is a process of its own.
enum Program {
    static func run(_ arguments: [String]) -> Outcome {
        let output = Files.temporary("output")
        defer { Files.remove(output) }
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        let result = benchmarks_run(&pointers, output)
        return Outcome(
            status: result.status,
            wallNanoseconds: Double(result.wall_nanoseconds),
            cpuNanoseconds: Double(result.cpu_nanoseconds),
            peakBytes: Double(result.peak_bytes),
            output: Files.read(output)
        )
    }
}

/// The command line tool under test.
struct Tool {
    let path: String

    func run(_ arguments: [String]) -> Outcome {
        Program.run([path] + arguments)
    }
}

extension Outcome {
    /// The number behind `"name":` in JSON output.
    func metric(_ name: String) -> Double? {
        let quoted = "\"\(name)\":"
        guard let range = output.firstRange(of: quoted) else { return nil }
        let rest = output[range.upperBound...].drop { $0 == " " }
        return Double(String(rest.prefix { $0.isNumber || $0 == "." || $0 == "-" }))
    }
}
