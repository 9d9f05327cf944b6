/// What the command line knows of a run and its result does not.
public struct RunContext: Equatable, Sendable {
    /// One thing that took part and how it was set: a cluster, a topic, a producer, a group.
    public struct Participant: Equatable, Sendable {
        public let name: String
        public let setup: String

        public init(name: String, setup: String) {
            self.name = name
            self.setup = setup
        }
    }

    public var participants: [Participant]
    /// Real time that the simulation took; `nil` where it is not known.
    public var wallNanoseconds: Int64?
    /// Where the run is recorded, such as `run 12 in reports/kafkasim.sqlite`; empty for nowhere.
    public var record: String
    /// What to type to see more, where the run is recorded; empty for nothing.
    public var explanation: String
    /// The command that gives this very run again.
    public var command: String

    public init(
        participants: [Participant] = [],
        wallNanoseconds: Int64? = nil,
        record: String = "",
        explanation: String = "",
        command: String
    ) {
        self.participants = participants
        self.wallNanoseconds = wallNanoseconds
        self.record = record
        self.explanation = explanation
        self.command = command
    }

    /// `1,234,567`: numbers in a participant's setup look like all others.
    public static func grouped(_ number: Int64) -> String {
        Figures.grouped(number)
    }
}
