#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Many simulations, several at once; each is deterministic, and so is the order of what comes out.
struct Campaign {
    let jobs: JobList
    let atOnce: Int

    /// Runs `atOnce` simulations at once; as many as there are cores if that is `nil`.
    init(_ jobs: JobList, atOnce: Int?) {
        self.jobs = jobs
        let cores = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        self.atOnce = min(max(1, atOnce ?? cores), jobs.count)
    }

    /// Runs all jobs. `reduce` keeps of a run what is needed, on the thread that ran it; `each` hears
    /// of every run in the order of the jobs, whichever ends first.
    func run<Outcome: Sendable>(
        reduce: @escaping @Sendable (Finished) -> Outcome,
        each: (Int, Outcome) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
            var waiting: [Int: Outcome] = [:]
            var next = 0
            var started = 0
            func start() {
                guard started < jobs.count else { return }
                let index = started
                let job = jobs.job(index)
                started += 1
                group.addTask { (index, reduce(job.run())) }
            }
            for _ in 0..<atOnce { start() }
            while let (index, outcome) = try await group.next() {
                waiting[index] = outcome
                while let outcome = waiting.removeValue(forKey: next) {
                    try each(next, outcome)
                    next += 1
                }
                start()
            }
        }
    }
}
