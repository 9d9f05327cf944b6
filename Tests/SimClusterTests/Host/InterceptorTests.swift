import KafkaProtocol
import SimKernel
import Testing

@testable import Scenario
@testable import SimCluster

@Suite struct InterceptorTests {
    private let node = NodeIndex(Int32(0))

    private func fault(_ manner: ResponseFault.Manner, times: Int = 1) -> ResponseFault {
        ResponseFault(from: .controller, api: .apiVersions, manner: manner, times: times)
    }

    private func isAnswered(_ interceptor: inout Interceptor, at node: NodeIndex) -> Bool {
        if case .answer = interceptor.verdict(on: .apiVersions, at: node) { true } else { false }
    }

    @Test func answersSoManyRequestsOfItsKindAtItsNode() {
        var interceptor = Interceptor()
        interceptor.set(fault(.error(.requestTimedOut), times: 2), on: node, token: 1)
        #expect(!isAnswered(&interceptor, at: NodeIndex(Int32(1))))
        if case .answer = interceptor.verdict(on: .initProducerId, at: node) {
            Issue.record("another kind of request was answered")
        }
        #expect(isAnswered(&interceptor, at: node))
        #expect(isAnswered(&interceptor, at: node))
        #expect(!isAnswered(&interceptor, at: node))
    }

    @Test func anEndedFaultAnswersNothing() {
        var interceptor = Interceptor()
        interceptor.set(fault(.error(.requestTimedOut), times: 5), on: node, token: 1)
        interceptor.unset(2)
        #expect(isAnswered(&interceptor, at: node))
        interceptor.unset(1)
        #expect(!isAnswered(&interceptor, at: node))
    }

    private func takes(_ handle: RequestHandle, _ interceptor: inout Interceptor) -> Bool {
        interceptor.takeReset(of: handle)
    }

    @Test func aResetIsTakenOnceByItsOwnRequest() {
        var interceptor = Interceptor()
        let mine = RequestHandle(connection: 3, generation: 1, correlation: CorrelationID(9))
        let other = RequestHandle(connection: 3, generation: 1, correlation: CorrelationID(10))
        interceptor.expectReset(of: mine)
        #expect(takes(other, &interceptor) == false)
        #expect(takes(mine, &interceptor) == true)
        #expect(takes(mine, &interceptor) == false)
        interceptor.expectReset(of: mine)
        interceptor.forget(mine)
        #expect(takes(mine, &interceptor) == false)
    }

    @Test func aResponseHasItsRequestsTag() {
        var interceptor = Interceptor()
        let handle = RequestHandle(connection: 5, generation: 1, correlation: CorrelationID(1))
        #expect(interceptor.tag(of: handle) == 0)
        interceptor.remember(handle, tag: 7)
        #expect(interceptor.tag(of: handle) == 7)
    }
}
