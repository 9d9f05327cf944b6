import KafkaProtocol
import SimBase

/// When the periodic tasks of the logs are due.
/// - Source: kafka.log.LogManager.startupWithConfigOverrides, kafka.server.ReplicaManager.
struct LogMaintenance: Equatable, Sendable {
    /// In the order in which tasks of one instant run.
    enum Job: Int, CaseIterable, Sendable {
        case highWatermarkCheckpoint
        case retention
        case flush
        case recoveryPointCheckpoint
        case logStartCheckpoint
        case cleaner
        case producerExpiration
    }

    private let periods: [Interval]
    private let initialDelay: Interval
    private var due: [Instant]

    init(_ config: ServerConfig) {
        periods = Job.allCases.map { job in
            switch job {
            case .highWatermarkCheckpoint: config.highWatermarkCheckpointInterval
            case .retention: config.retentionCheckInterval
            case .flush: config.logFlusherInterval
            case .recoveryPointCheckpoint: config.recoveryPointCheckpointInterval
            case .logStartCheckpoint: config.logStartCheckpointInterval
            case .cleaner: config.cleanerBackoff
            case .producerExpiration: config.producerIDExpirationCheck
            }
        }
        initialDelay = config.initialTaskDelay
        due = Array(repeating: .distantFuture, count: Job.allCases.count)
    }

    /// The logs are loaded: all tasks are scheduled. The high watermarks are written at once, the
    /// cleaner begins without delay, the others wait for `log.initial.task.delay.ms`.
    mutating func start(now: Instant) {
        for job in Job.allCases {
            switch job {
            case .highWatermarkCheckpoint: due[job.rawValue] = now
            case .cleaner: due[job.rawValue] = now + periods[job.rawValue]
            case .producerExpiration: due[job.rawValue] = now + periods[job.rawValue]
            default: due[job.rawValue] = now + initialDelay
            }
        }
    }

    mutating func stop() {
        for index in due.indices { due[index] = .distantFuture }
    }

    var nextDeadline: Instant {
        due.reduce(.distantFuture, min)
    }

    /// The next task that is due, scheduled anew.
    mutating func nextDue(now: Instant) -> Job? {
        guard let job = Job.allCases.first(where: { due[$0.rawValue] <= now }) else { return nil }
        due[job.rawValue] = now + periods[job.rawValue]
        return job
    }
}
