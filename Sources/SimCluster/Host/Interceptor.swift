import KafkaProtocol
import Scenario
import SimKernel

/// Faults of the kind "the next such request is answered so": the scenario's `respond`.
struct Interceptor {
    enum Verdict {
        case pass
        case answer(ErrorCode)
        case resetAfterExecution
    }

    private struct Trap {
        let node: NodeIndex
        let api: ApiKey
        let manner: ResponseFault.Manner
        var left: Int
        let token: Int
    }

    private var traps: [Trap] = []
    private var resets: [RequestHandle] = []
    /// The request kind that each connection's current request has, by connection slot: a
    /// response is delayed by link faults like its request.
    private var tags: [UInt8] = []

    mutating func set(_ fault: ResponseFault, on node: NodeIndex, token: Int) {
        traps.append(
            Trap(node: node, api: fault.api, manner: fault.manner, left: fault.times, token: token)
        )
    }

    mutating func unset(_ token: Int) {
        traps.removeAll { $0.token == token }
    }

    mutating func verdict(on request: Request, at node: NodeIndex) -> Verdict {
        guard !traps.isEmpty,
            let index = traps.firstIndex(where: { $0.node == node && $0.api == request.api })
        else { return .pass }
        let manner = traps[index].manner
        traps[index].left -= 1
        if traps[index].left == 0 { traps.remove(at: index) }
        switch manner {
        case .error(let error): return .answer(error)
        case .resetAfterExecution: return .resetAfterExecution
        }
    }

    mutating func expectReset(of handle: RequestHandle) {
        resets.append(handle)
    }

    /// Whether the connection of this reply is to be reset instead.
    mutating func takeReset(of handle: RequestHandle) -> Bool {
        guard !resets.isEmpty, let index = resets.firstIndex(of: handle) else { return false }
        resets.remove(at: index)
        return true
    }

    mutating func forget(_ handle: RequestHandle) {
        guard !resets.isEmpty else { return }
        resets.removeAll { $0 == handle }
    }

    mutating func remember(_ handle: RequestHandle, tag: UInt8) {
        let slot = Int(handle.connection)
        while tags.count <= slot { tags.append(0) }
        tags[slot] = tag
    }

    func tag(of handle: RequestHandle) -> UInt8 {
        let slot = Int(handle.connection)
        return slot < tags.count ? tags[slot] : 0
    }
}
