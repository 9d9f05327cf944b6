import Checkers
import KafkaClients
import KafkaProtocol
import Scenario
import SimBase
import SimKernel

extension ClusterHost {
    /// Does what an entry says.
    mutating func perform(_ entry: TimelineEntry) {
        switch entry.action {
        case .kill(let selector):
            onNodes(selector, entry, "kill -9") { host, node in
                host.recorder.history.note(
                    .kill,
                    of: host.serverID(node),
                    "\(host.layout.name(node)) is killed (kill -9)",
                    at: host.now
                )
                host.kill(node)
            }
        case .crash(let selector, let keeps):
            let survival: CrashSurvival = keeps == .synced ? .synced : .random
            onNodes(selector, entry, "power loss of") { host, node in
                host.recorder.history.note(
                    .crash,
                    of: host.serverID(node),
                    "\(host.layout.name(node)) loses power",
                    at: host.now
                )
                host.crash(node, keep: survival)
            }
        case .fsync(let selector):
            onNodes(selector, entry, "sync") { host, node in host.kernel.syncAll(node) }
        case .stop(let selector, let timeout):
            onNodes(selector, entry, "stop") { host, node in host.stop(node, timeout: timeout) }
        case .start(let selector, let options):
            onNodes(selector, entry, options.wipes ? "start with an empty disk" : "start") {
                host,
                node in
                host.start(node, options)
            }
        case .pause(let selector):
            onNodes(selector, entry, "pause") { host, node in host.pause(node, entry) }
        case .partition(let fault): cut(fault, entry)
        case .isolate(let selector): isolate(selector, entry)
        case .heal(let name): heal(name, entry)
        case .link(let fault): shape(fault, entry)
        case .respond(let fault): trap(fault, entry)
        case .disk(let fault): breakDisk(fault, entry)
        case .clock(let fault): shiftClock(fault, entry)
        case .send(let extra): sendExtra(extra, entry)
        case .check(let expectations): check(expectations)
        case .configure, .createTopic, .deleteTopic, .addPartitions, .reassign, .electLeaders,
            .deleteRecords:
            administer(entry)
        }
    }

    // MARK: Nodes

    /// Resolves a selector, remembers it, and does something to each node.
    mutating func onNodes(
        _ selector: NodeSelector,
        _ entry: TimelineEntry,
        _ verb: String,
        _ body: (inout ClusterHost, NodeIndex) -> Void
    ) {
        let nodes = resolve(selector)
        guard !nodes.isEmpty else { return skip(entry, verb, "its target resolved to no node") }
        if let name = entry.name { timeline.references[name] = nodes }
        note(entry, verb, names(of: nodes), result: idle(entry.action, nodes))
        for node in nodes { body(&self, node) }
        guard let duration = entry.duration else { return }
        var fault = newFault(entry, text: "")
        switch entry.action {
        case .kill, .crash, .stop: fault.killed = nodes
        case .pause: return
        default: break
        }
        activate(fault, for: duration)
    }

    /// Says of which nodes an action finds nothing to do: who is down cannot be killed.
    private func idle(_ action: Action, _ nodes: [NodeIndex]) -> String {
        let idle: [NodeIndex]
        let state: String
        switch action {
        case .kill, .stop, .pause:
            idle = nodes.filter { !kernel.state(of: $0).hasProcess }
            state = "not running"
        case .start:
            idle = nodes.filter { isUp($0) }
            state = "running already"
        default: return ""
        }
        guard !idle.isEmpty else { return "" }
        return idle == nodes ? state : "\(names(of: idle)): \(state)"
    }

    func serverID(_ node: NodeIndex) -> BrokerID {
        if case .server = layout.role(of: node) { layout.server(of: node) } else { .none }
    }

    mutating func stop(_ node: NodeIndex, timeout: Interval?) {
        guard kernel.state(of: node) == .running else { return }
        recorder.history.note(.stop, of: serverID(node), "\(layout.name(node)) is stopped", at: now)
        if !timeline.stopping.contains(node) { timeline.stopping.append(node) }
        switch layout.role(of: node) {
        case .server: hand(.stopRequested, to: node)
        case .producer(let index):
            producers[index].close(
                timeout: timeout,
                at: now,
                into: &effects,
                ledger: &recorder.ledger
            )
            perform(for: node)
            afterProducer(index)
        case .consumer(let index):
            consumers[index].stop(at: now, into: &effects)
            consumers[index].drain(now, &effects, &recorder)
            perform(for: node)
            afterConsumer(index)
        case .admin: break
        }
    }

    mutating func start(_ node: NodeIndex, _ options: StartOptions) {
        guard !kernel.state(of: node).hasProcess else {
            if timeline.stopping.contains(node) {
                timeline.restarts.removeAll { $0.node == node }
                timeline.restarts.append((node, options))
            }
            return
        }
        if options.wipes {
            kernel.wipe(node)
            files[node.position].forgetEverything()
            let server = serverID(node)
            recorder.wiped(
                server,
                isVoter: document.cluster.voters.contains(server),
                now: now
            )
            recorder.history.note(
                .wipe,
                of: serverID(node),
                "\(layout.name(node)) gets an empty disk",
                at: now
            )
        }
        recorder.history.note(.start, of: serverID(node), "\(layout.name(node)) starts", at: now)
        switch layout.role(of: node) {
        case .server: startServer(layout.server(of: node))
        case .producer(let index):
            startProducer(index, resendsUnresolved: options.resendsUnresolved)
        case .consumer(let index): startConsumer(index)
        case .admin: break
        }
    }

    /// Whether a node runs, or is paused, and is not about to end.
    func isUp(_ node: NodeIndex) -> Bool {
        kernel.state(of: node).hasProcess && !timeline.stopping.contains(node)
    }

    /// Starts what was told to while it was still stopping.
    mutating func restart(_ node: NodeIndex) {
        guard let index = timeline.restarts.firstIndex(where: { $0.node == node }) else { return }
        start(node, timeline.restarts.remove(at: index).options)
    }

    private mutating func pause(_ node: NodeIndex, _ entry: TimelineEntry) {
        guard kernel.state(of: node) == .running else { return }
        recorder.history.note(.pause, of: serverID(node), "\(layout.name(node)) is paused", at: now)
        kernel.pause(node)
        if case .consumer(let index) = layout.role(of: node) {
            consumers[index].pause(at: now, recorder: &recorder)
        }
        var fault = newFault(entry, text: "\(layout.name(node)) goes on")
        fault.paused = [node]
        activate(fault, for: entry.duration)
    }

    // MARK: Answers

    private mutating func trap(_ fault: ResponseFault, _ entry: TimelineEntry) {
        let nodes = resolve(fault.from)
        guard !nodes.isEmpty else {
            return skip(entry, "respond", "its target resolved to no node")
        }
        if let name = entry.name { timeline.references[name] = nodes }
        let manner =
            switch fault.manner {
            case .error(let error): "answers \(error.name) to"
            case .resetAfterExecution: "resets the connection after"
            }
        timeline.acted(
            now,
            "\(names(of: nodes)) \(manner) the next \(fault.times) \(fault.api.name)"
        )
        record(entry, "respond", names(of: nodes))
        var active = newFault(entry, text: "")
        active.traps = true
        for node in nodes { interceptor.set(fault, on: node, token: active.token) }
        activate(active, for: entry.duration)
    }

    // MARK: Workload and checks

    private mutating func sendExtra(_ extra: ExtraSend, _ entry: TimelineEntry) {
        let name = document.producers[extra.producer].name
        guard producers[extra.producer].isRunning else {
            return skip(entry, "send", "producer \(name) is not running")
        }
        timeline.acted(
            now,
            "\(name) sends \(extra.count) extra \(extra.count == 1 ? "record" : "records")"
        )
        record(entry, "send", "producer/\(name)")
        producers[extra.producer].workload.begin(
            count: extra.count,
            every: extra.every,
            valueSize: extra.valueSize,
            key: extra.key,
            partition: extra.partition,
            timestamp: extra.timestamp,
            at: now
        )
        nudge(extra.producer)
    }

    private mutating func check(_ expectations: [Expectation]) {
        settleApplications()
        let verdict = verdict()
        for expectation in expectations {
            let result = ExpectationJudge.judge(expectation, verdict, at: now)
            timeline.checks.append(result)
            timeline.checked(
                now,
                "check \(result.metric) = \(result.actual): \(result.pass ? "holds" : "expected \(result.bound)")"
            )
        }
    }

    // MARK: Records of what was done

    func newFault(_ entry: TimelineEntry, text: String) -> TimelineState.ActiveFault {
        TimelineState.ActiveFault(token: timeline.nextToken, name: entry.name, text: text)
    }

    mutating func activate(_ fault: TimelineState.ActiveFault, for duration: Interval?) {
        timeline.nextToken += 1
        timeline.faults.append(fault)
        if let duration {
            kernel.schedule(
                at: now + duration,
                payload: WorldEvent.undo.rawValue,
                token: Int64(fault.token)
            )
        }
    }

    /// Notes an action for the reader and for the database; `result` is said besides, in brackets.
    mutating func note(
        _ entry: TimelineEntry,
        _ verb: String,
        _ target: String,
        result: String = ""
    ) {
        timeline.acted(now, "\(verb) \(target)" + (result.isEmpty ? "" : " (\(result))"))
        record(entry, verb, target, result: result)
    }

    mutating func record(
        _ entry: TimelineEntry,
        _ verb: String,
        _ target: String,
        result: String = ""
    ) {
        timeline.actions.append(
            ActionRow(
                at: now,
                action: verb,
                target: target,
                name: entry.name ?? "",
                result: result,
                skipped: nil,
                isOptional: entry.isOptional
            )
        )
    }

    mutating func skip(_ entry: TimelineEntry, _ verb: String, _ reason: String) {
        timeline.acted(now, "\(verb): skipped, \(reason)")
        timeline.actions.append(
            ActionRow(
                at: now,
                action: verb,
                target: entry.path,
                name: entry.name ?? "",
                result: "",
                skipped: reason,
                isOptional: entry.isOptional
            )
        )
    }
}
