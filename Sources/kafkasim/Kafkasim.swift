import ArgumentParser

/// The version of kafkasim: the same scenario and seed give the same bytes as long as it is the same.
let kafkasimVersion = "0.1.0"

@main
struct Kafkasim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kafkasim",
        abstract: "A deterministic simulator of Kafka clusters: break one, and see what is lost.",
        discussion: """
            Runs a scenario (a cluster, its clients, and what breaks when) in virtual time, the \
            same way every time, and accounts for every single record.

            EXAMPLES
              kafkasim init orders                    write a starter, orders.yaml
              kafkasim run orders.yaml                what becomes of the records
              kafkasim run orders.yaml --set 'producers.*.config.acks=1'
              kafkasim compare orders.yaml --vary 'producers.*.config.acks=0,1,all'
              kafkasim test scenarios --seeds 1..100  a regression suite
              kafkasim explain latest --record 1000   the whole life of a record

            EXIT STATUS
              0  all expectations hold
              1  some do not
              2  the input is wrong
              3  the simulator found its own state inconsistent: a bug, please report it
            """,
        version: kafkasimVersion,
        subcommands: [
            Run.self, Compare.self, Test.self, Validate.self, Schema.self, Explain.self, Runs.self,
            Diff.self, Init.self,
        ]
    )

    /// Parses and runs; wrong input, wrong usage included, ends with status 2.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            Output.error(failure.message)
            exit(withError: ExitCode(2))
        } catch let status as ExitCode {
            exit(withError: status)
        } catch {
            // Help and version were asked for, and go to the standard output.
            if exitCode(for: error).isSuccess { exit(withError: error) }
            Output.error(fullMessage(for: error))
            exit(withError: ExitCode(2))
        }
    }
}
