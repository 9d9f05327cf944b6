import Scenario
import SimCluster

/// Scenarios times seeds. A job is made when its turn comes: millions of them would fill the memory
/// before the first has run.
struct JobList: Sendable {
    let variants: [(file: String, document: ScenarioDocument)]
    /// `nil` for each document's own.
    let seeds: [UInt64]?
    let options: RunOptions

    var count: Int {
        variants.count * seedsEach
    }

    private var seedsEach: Int {
        seeds?.count ?? 1
    }

    /// The scenario that a job runs.
    func variant(of index: Int) -> (file: String, document: ScenarioDocument) {
        variants[index / seedsEach]
    }

    func job(_ index: Int) -> Job {
        var (file, document) = variant(of: index)
        if let seeds { document.seed = seeds[index % seedsEach] }
        return Job(document: document, file: file, options: options)
    }
}
