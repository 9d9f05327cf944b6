import Checkers
import Scenario
import SimCluster

/// One simulation to be run.
struct Job: Sendable {
    let document: ScenarioDocument
    /// As the user named it.
    let file: String
    var options = RunOptions()

    /// The command that gives this very run again; `overrides` are the user's `--set`.
    func command(overrides: [String] = []) -> String {
        var command = ShellCommand("kafkasim", "run", file, "--seed", String(document.seed))
        for override in overrides { command.add("--set", override) }
        for setting in document.variant { command.add("--set", "\(setting.path)=\(setting.text)") }
        return command.text
    }

    func run() -> Finished {
        let start = ContinuousClock.now
        let result = Simulation(document, file: file, options: options).run()
        let elapsed = (ContinuousClock.now - start).components
        let nanoseconds = elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000
        return Finished(job: self, result: result, wallNanoseconds: nanoseconds)
    }
}

/// A simulation that has been run, and the real time it took.
struct Finished: Sendable {
    let job: Job
    let result: RunResult
    let wallNanoseconds: Int64
}

/// Scenario files with what the command line changes in them.
enum Scenarios {
    /// The variants of every file; everything that is wrong with any of them in one failure.
    ///
    /// `seed` replaces the files' seeds, `overrides` are `PATH=VALUE`, `axes` are `PATH=a,b`.
    static func load(
        _ files: [String],
        seed: UInt64? = nil,
        overrides: [String] = [],
        axes: [String] = []
    ) throws -> [(file: String, variants: [ScenarioDocument])] {
        var loaded: [(file: String, variants: [ScenarioDocument])] = []
        var problems: [String] = []
        for file in files {
            do throws(ScenarioError) {
                var source = try ScenarioSource(path: file)
                for override in overrides { try source.set(override) }
                for axis in axes { try source.vary(axis) }
                loaded.append((file, try source.variants(seed: seed)))
            } catch {
                problems.append(error.description)
            }
        }
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "\n")) }
        return loaded
    }
}
