import SimBase

extension Kernel {
    /// Lets nothing through from one node to another, until as many ``unblock(from:to:)`` follow.
    /// A node always reaches itself.
    /// - Simplification: what is under way arrives, even if its transmission has hardly begun.
    public mutating func block(from source: NodeIndex, to target: NodeIndex) {
        guard source != target else { return }
        let index = linkIndex(source, target)
        if links[index].blocks == 0 {
            blockedLinks += 1
            links[index].blockedSince = now
        }
        links[index].blocks += 1
    }

    /// Takes one block back. What waits is sent at the sender's next retransmission.
    public mutating func unblock(from source: NodeIndex, to target: NodeIndex) {
        guard source != target else { return }
        let index = linkIndex(source, target)
        precondition(links[index].blocks > 0, "\(source) to \(target) is not blocked at \(now)")
        links[index].blocks -= 1
        if links[index].blocks == 0 {
            blockedLinks -= 1
        }
    }

    /// Whether a block holds in this direction; the other one may be open.
    public func isBlocked(from source: NodeIndex, to target: NodeIndex) -> Bool {
        links[linkIndex(source, target)].blocks > 0
    }

    /// Puts a shape on what is sent from now on, beside those that hold already: latencies add up,
    /// losses are independent, the smallest bandwidth counts.
    public mutating func shape(
        from source: NodeIndex,
        to target: NodeIndex,
        _ shape: LinkShape
    ) -> ShapeToken {
        let token = ShapeToken(number: nextShapeToken)
        nextShapeToken += 1
        let index = linkIndex(source, target)
        shapes.append(ActiveShape(token: token, link: index, shape: shape))
        updateShapes(of: index)
        return token
    }

    /// Takes the shape back for what is sent from now on. Does nothing the second time.
    public mutating func unshape(_ token: ShapeToken) {
        guard let position = shapes.firstIndex(where: { $0.token == token }) else { return }
        let index = shapes.remove(at: position).link
        updateShapes(of: index)
    }

    private mutating func updateShapes(of index: Int) {
        let holding = shapes.filter { $0.link == index }.map(\.shape)
        let narrowest = holding.compactMap(\.bandwidth).min() ?? network.bandwidth
        let bandwidth = min(narrowest, network.bandwidth)
        links[index].picosecondsPerByte = LinkShape.picosecondsPerByte(bandwidth: bandwidth)
        links[index].shapes = Int32(holding.count)
        // Bytes queued at the old rate don't hold up those that are sent at the new one.
        links[index].freeAt = .distantPast
    }

    func linkIndex(_ source: NodeIndex, _ target: NodeIndex) -> Int {
        source.position * nodes.count + target.position
    }

    /// Whether one transmission gets through the link: not blocked, and not lost.
    mutating func passes(_ link: Int) -> Bool {
        guard blockedLinks == 0 || links[link].blocks == 0 else { return false }
        guard links[link].shapes > 0 else { return true }
        for active in shapes where active.link == link && active.shape.lossPartsPerMillion > 0 {
            if networkStream.chance(partsPerMillion: active.shape.lossPartsPerMillion) {
                return false
            }
        }
        return true
    }

    /// A draw of the time from one node to another.
    mutating func sampleLatency(
        from source: NodeIndex,
        to target: NodeIndex,
        link: Int
    ) -> Interval {
        let low = source == target ? network.loopbackMin : network.latencyMin
        let high = source == target ? network.loopbackMax : network.latencyMax
        var latency = low == high ? low : networkStream.next(from: low, through: high)
        guard links[link].shapes > 0 else { return latency }
        for active in shapes where active.link == link && !active.shape.isSelective {
            latency += active.shape.latency
        }
        return latency
    }

    /// How long shapes that delay some kinds of messages only hold one of kind `tag` back.
    func holdTime(_ link: Int, tag: UInt8) -> Interval {
        guard links[link].shapes > 0 else { return .zero }
        var time = Interval.zero
        for active in shapes where active.link == link && active.shape.isSelective {
            if active.shape.latencyTags & (1 << UInt64(tag & 63)) != 0 {
                time += active.shape.latency
            }
        }
        return time
    }
}
