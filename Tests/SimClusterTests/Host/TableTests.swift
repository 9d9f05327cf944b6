import KafkaProtocol
import SimKernel
import Testing

@testable import SimCluster

@Suite struct FileTableTests {
    private let log = FileID(.segment, partition: TopicPartition(TopicName(3), 0))
    private let next = FileID(.segment, partition: TopicPartition(TopicName(3), 0), base: 100)

    @Test func aFileKeepsItsNumberOverHandlesAndRestarts() {
        var table = FileTable()
        let first = table.open(FileHandle(0), log)
        #expect(first.isNew)
        let again = table.open(FileHandle(4), log)
        #expect(!again.isNew && again.file == first.file)
        #expect(table.file(FileHandle(4)) == first.file)
        table.forgetHandles()
        let afterRestart = table.open(FileHandle(0), log)
        #expect(!afterRestart.isNew && afterRestart.file == first.file)
        #expect(table.name(of: first.file) == log)
    }

    @Test func aRemovedFilesNumberIsUsedAgain() {
        var table = FileTable()
        let first = table.open(FileHandle(0), log).file
        _ = table.open(FileHandle(1), next)
        let removed = table.remove(FileHandle(0))
        #expect(removed == first)
        #expect(table.name(of: first) == nil)
        let reused = table.open(FileHandle(2), log)
        #expect(reused.isNew && reused.file == first)
    }

    @Test func aWipedDiskKnowsNothing() {
        var table = FileTable()
        let file = table.open(FileHandle(0), log).file
        table.forgetEverything()
        #expect(table.name(of: file) == nil)
        let opened = table.open(FileHandle(0), next)
        #expect(opened.isNew)
    }
}

@Suite struct ConnectionTableTests {
    private let node = NodeIndex(Int32(1))
    private let channel = ChannelID(.client, 2)
    private let connection = ConnectionIndex(slot: 4, generation: 1)

    @Test func channelAndConnectionFindEachOther() {
        var table = ConnectionTable(nodes: 2)
        #expect(table.connection(of: channel, on: node) == nil)
        table.bind(channel, on: node, to: connection)
        #expect(table.connection(of: channel, on: node) == connection)
        #expect(table.channel(of: connection) == channel)
        #expect(table.connection(of: channel, on: NodeIndex(Int32(0))) == nil)
        #expect(table.connection(of: ChannelID(.quorum, 2), on: node) == nil)
    }

    @Test func anOldGenerationHasNoOwner() {
        var table = ConnectionTable(nodes: 2)
        table.bind(channel, on: node, to: connection)
        #expect(table.channel(of: ConnectionIndex(slot: 4, generation: 2)) == nil)
    }

    @Test func aClosedChannelHearsNoMore() {
        var table = ConnectionTable(nodes: 2)
        table.bind(channel, on: node, to: connection)
        let first = table.unbind(channel, on: node)
        let second = table.unbind(channel, on: node)
        #expect(first == connection && second == nil)
        #expect(table.channel(of: connection) == nil)
    }

    @Test func aDeadProcessLosesAllItsChannels() {
        var table = ConnectionTable(nodes: 2)
        let other = ConnectionIndex(slot: 5, generation: 3)
        table.bind(channel, on: node, to: connection)
        table.bind(channel, on: NodeIndex(Int32(0)), to: other)
        table.clear(node)
        #expect(table.connection(of: channel, on: node) == nil)
        #expect(table.channel(of: connection) == nil)
        #expect(table.channel(of: other) == channel)
    }
}
