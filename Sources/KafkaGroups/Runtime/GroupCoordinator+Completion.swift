import KafkaProtocol
import SimBase

/// The end of an operation.
extension GroupCoordinator {
    /// The records are committed.
    mutating func finish(
        _ completion: Completion,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        switch completion {
        case .answer(let handle, let response): effects.append(.reply(handle, response))
        case .assignment(let write): finish(write, now, &effects)
        case .staticReplacement(let replacement): finish(replacement, &effects)
        case .join, .sync, .nothing: break
        }
    }

    /// The records are not known to be committed.
    mutating func fail(
        _ completion: Completion,
        _ error: ErrorCode,
        _ now: Instant,
        _ effects: inout [Effect]
    ) {
        let mapped = GroupCoordinator.responseError(for: error)
        switch completion {
        case .answer(let handle, let response):
            effects.append(.reply(handle, response.failed(mapped)))
        case .join(let handle, let group): failJoin(handle, group, mapped, &effects)
        case .sync(let handle, let group): failSync(handle, group, mapped, &effects)
        case .assignment(let write): fail(write, mapped, now, &effects)
        case .staticReplacement(let replacement): fail(replacement, mapped, now, &effects)
        case .nothing: break
        }
    }

    /// What clients are told of a failed write.
    /// - Source: CoordinatorOperationExceptionHelper.handleOperationException.
    static func responseError(for error: ErrorCode) -> ErrorCode {
        switch error {
        case .unknownTopicOrPartition, .notEnoughReplicas, .requestTimedOut:
            .coordinatorNotAvailable
        case .notLeaderOrFollower, .kafkaStorageError: .notCoordinator
        case .messageTooLarge, .recordListTooLarge: .unknownServerError
        case .networkException: .coordinatorLoadInProgress
        default: error
        }
    }
}

extension Response {
    /// The same answer, reporting `error` instead.
    ///
    /// Old consumers do not expect COORDINATOR_NOT_AVAILABLE of OffsetFetch.
    /// - Source: GroupCoordinatorService.handleOffsetFetchException.
    fileprivate func failed(_ error: ErrorCode) -> Response {
        switch self {
        case .offsetCommit(let items):
            .offsetCommit(
                items.map {
                    PartitionError(
                        partition: $0.partition,
                        error: $0.error == .none ? error : $0.error
                    )
                }
            )
        case .offsetFetch:
            .offsetFetch(
                OffsetFetchResponse(
                    error: error == .coordinatorNotAvailable ? .notCoordinator : error
                )
            )
        default: .status(error)
        }
    }
}
