public import Checkers
import KafkaProtocol
public import Scenario
import SimBase
import SimKernel

/// One run of one scenario: a pure function of this build, the scenario and its seed.
public struct Simulation {
    private let document: ScenarioDocument
    private let file: String
    private let options: RunOptions

    /// - Parameters:
    ///   - document: a checked scenario.
    ///   - file: where it was read from, for the command that reproduces the run.
    ///   - options: what is to be kept of the run.
    public init(_ document: ScenarioDocument, file: String, options: RunOptions = RunOptions()) {
        self.document = document
        self.file = file
        self.options = options
    }

    /// Boots a cluster, plays the scenario, lets it settle, and judges what came out.
    public func run() -> RunResult {
        for (attempt, length) in BootPlan.lengths.enumerated() {
            var host = ClusterHost(document: document, options: options, bootLength: length)
            if let failure = host.boot() {
                guard attempt == BootPlan.lengths.count - 1 else { continue }
                host.recorder.invariants.found("a healthy cluster comes up", failure, at: host.now)
            } else {
                // KIP-101, KIP-279 and KIP-320 tell how these lose committed records.
                switch document.cluster.features.truncation {
                case .highWatermark, .epochV0, .epoch:
                    host.recorder.invariants.permitKnownDefects()
                case .epochFenced, .onFetch: break
                }
                host.scheduleTimeline()
                host.rememberBaselines()
                host.run(until: .distantFuture)
            }
            return result(&host)
        }
        preconditionFailure("there is no boot plan")
    }

    private func result(_ host: inout ClusterHost) -> RunResult {
        host.settleApplications()
        let verdict = host.verdict()
        host.checkAtEnd(verdict)
        let diagnosis = Diagnosis(recorder: verdict.recorder)
        var result = RunResult(
            scenario: document.name,
            description: document.description,
            file: file,
            seed: document.seed,
            kafkaVersion: document.cluster.version.description,
            duration: document.duration
        )
        result.digest = host.kernel.digest.text
        result.digestChain = host.kernel.digest.checkpoints.map(\.text)
        result.metrics = verdict.table.metrics
        result.guarantee = verdict.guarantee
        result.expectations =
            document.expectations.map { ExpectationJudge.judge($0, verdict, at: nil) }
            + host.timeline.checks
        result.findings = diagnosis.findings
        result.actions = host.timeline.actions
        result.timeline = host.timeline.rows
        result.settings = document.settings.map { SettingRow(path: $0.path, value: $0.text) }
        result.samples = host.samples
        result.trace = host.tracer.rows
        result.violations = host.recorder.invariants.violations
        result.events = host.counters.events
        result.end = host.now
        RowWriter(
            document: document,
            layout: host.layout,
            verdict: verdict,
            causes: diagnosis.causes
        ).write(to: &result, keepsRecords: options.rows)
        return result
    }
}
