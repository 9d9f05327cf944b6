import ResultStore
import Scenario

/// Wrong input: what is wrong, for the standard error; the process ends with status 2.
struct Failure: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }

    init(_ error: StoreError) {
        message = "error: \(error)"
    }

    init(_ error: ScenarioError) {
        message = error.description
    }
}
