import SimBase
import SimKernel
import Testing

@Suite struct DiskTests {
    private let file = FileIndex(Int32(0))

    private func chunk(_ bytes: UInt8...) -> FileChunk {
        FileChunk(SharedBytes(bytes))
    }

    private func append(_ world: World, _ file: FileIndex, _ bytes: [UInt8]) {
        let isTaken = world.kernel.append(.first, file, FileChunk(SharedBytes(bytes)))
        #expect(isTaken)
    }

    private func bytes(_ world: World, _ file: FileIndex) -> [UInt8]? {
        world.kernel.contents(.first, file)?.bytes
    }

    @Test func killKeepsThePageCache() {
        let world = World()
        append(world, file, [1, 2, 3])
        world.kernel.kill(.first)
        world.kernel.start(.first)
        let found = world.kernel.files(of: .first)
        #expect(found.map(\.index) == [file])
        #expect(found.map(\.contents.bytes) == [[1, 2, 3]])
    }

    @Test func powerLossKeepsExactlyWhatWasFlushed() {
        let world = World()
        append(world, file, [1, 2, 3])
        world.kernel.flush(.first, file, token: 7)
        append(world, file, [4, 5])
        let lines = world.run()
        append(world, file, [6])
        world.kernel.crash(.first, keep: .synced)
        #expect(lines == ["2000us flushed 7 on 0"])
        #expect(bytes(world, file) == [1, 2, 3])
    }

    @Test func powerLossBeforeTheFlushHasEndedKeepsNothingOfIt() {
        let world = World()
        append(world, file, [1, 2, 3])
        world.kernel.flush(.first, file, token: 7)
        world.run(until: .ms(1))
        world.kernel.crash(.first, keep: .synced)
        world.kernel.start(.first)
        let lines = world.run()
        #expect(lines.isEmpty)
        #expect(bytes(world, file) == nil)
    }

    @Test func flushOfAKilledProcessStillReachesThePlatter() {
        let world = World()
        append(world, file, [1])
        world.kernel.flush(.first, file, token: 7)
        world.kernel.kill(.first)
        world.kernel.start(.first)
        let lines = world.run()
        world.kernel.crash(.first, keep: .synced)
        #expect(lines.isEmpty)
        #expect(bytes(world, file) == [1])
    }

    @Test func flushesAreServedOneAfterAnother() {
        let world = World()
        for token in 1...3 as ClosedRange<Int64> {
            world.kernel.flush(.first, file, token: token)
        }
        let lines = world.run()
        world.kernel.setDiskCondition(of: .first, to: DiskCondition(slowFactor: 20))
        world.kernel.flush(.first, file, token: 4)
        let slow = world.run()
        #expect(
            lines == ["2ms flushed 1 on 0", "4ms flushed 2 on 0", "6ms flushed 3 on 0"]
        )
        #expect(slow == ["46ms flushed 4 on 0"])
    }

    @Test func randomPowerLossCutsBetweenPlatterAndCacheInsideAChunk() {
        var kept: Set<Int> = []
        for seed in 0..<200 as Range<UInt64> {
            let world = World(seed: seed)
            append(world, file, [1, 2, 3])
            world.kernel.syncAll(.first)
            append(world, file, [4, 5, 6, 7])
            append(world, file, [8])
            world.kernel.crash(.first, keep: .random)
            let left = bytes(world, file) ?? []
            #expect(left == Array([1, 2, 3, 4, 5, 6, 7, 8].prefix(left.count)))
            kept.insert(left.count)
        }
        #expect(kept == [3, 4, 5, 6, 7, 8])
    }

    /// Bytes written at the given second are moved by the first wake-up 30 s later or more.
    @Test(arguments: [(0, 30), (1, 35), (5, 35), (7, 40), (12, 45)] as [(Int64, Int64)])
    func writeBackMovesWhatIsDirtyForThirtySeconds(written: Int64, durable: Int64) {
        for (crash, isLeft) in [(durable * 1_000 - 1, false), (durable * 1_000, true)] {
            let world = World()
            world.run(until: .ms(written * 1_000))
            append(world, file, [1, 2])
            world.run(until: .ms(crash))
            let size = world.kernel.durableSize(.first, file)
            world.kernel.crash(.first, keep: .synced)
            #expect(bytes(world, file) == (isLeft ? [1, 2] : nil))
            #expect(size == (isLeft ? 2 : 0))
        }
    }

    @Test func writeBackMovesAGrowingFileInSteps() {
        let world = World()
        for second in 0..<60 as Range<UInt8> {
            world.run(until: .ms(Int64(second) * 1_000))
            append(world, file, [second])
        }
        world.run(until: .ms(61_000))
        world.kernel.crash(.first, keep: .synced)
        // At 60 s the write-back moved what was written up to 30 s.
        #expect(bytes(world, file) == Array(0...30))
    }

    @Test func replaceIsAllOrNothing() {
        let old = FileContents([chunk(1)])
        let new = FileContents([chunk(2, 2)])
        for (crash, expected) in [(3, [1]), (5, [2, 2])] as [(Int64, [UInt8])] {
            let world = World()
            let isOldTaken = world.kernel.replace(.first, file, with: old)
            let isNewTaken = world.kernel.replace(.first, file, with: new, token: 4)
            #expect(isOldTaken && isNewTaken)
            #expect(bytes(world, file) == [2, 2])
            world.run(until: .ms(crash))
            world.kernel.crash(.first, keep: .random)
            #expect(bytes(world, file) == expected)
        }
    }

    @Test func firstReplaceLeavesNoFileWhenThePowerGoesBefore() {
        let world = World()
        let isTaken = world.kernel.replace(.first, file, with: FileContents([chunk(1)]), token: 1)
        world.run(until: .ms(1))
        world.kernel.crash(.first, keep: .random)
        #expect(isTaken)
        #expect(bytes(world, file) == nil)
    }

    @Test func truncatedTailDoesNotComeBackAndNewBytesAreDirty() {
        let world = World()
        append(world, file, [1, 2, 3, 4])
        world.kernel.syncAll(.first)
        world.kernel.truncate(.first, file, to: 2)
        append(world, file, [9])
        world.kernel.crash(.first, keep: .synced)
        #expect(bytes(world, file) == [1, 2])
    }

    @Test func flushOfATruncatedTailDoesNotMakeItsSuccessorDurable() {
        let world = World()
        append(world, file, [1, 2, 3, 4])
        world.kernel.flush(.first, file, token: 1)
        world.kernel.truncate(.first, file, to: 1)
        append(world, file, [8, 9])
        world.run()
        world.kernel.crash(.first, keep: .synced)
        #expect(bytes(world, file) == [1])
    }

    @Test func flushOfADeletedFileDoesNotMakeItsSuccessorDurable() {
        let world = World()
        append(world, file, [1, 2])
        world.kernel.flush(.first, file, token: 1)
        world.kernel.deleteFile(.first, file)
        append(world, file, [3])
        world.run()
        world.kernel.crash(.first, keep: .synced)
        #expect(bytes(world, file) == nil)
    }

    @Test func fullAndFailedDisksTakeNothing() {
        let world = World()
        append(world, file, [1])
        world.kernel.setDiskCondition(of: .first, to: DiskCondition(isFull: true))
        let onFull = world.kernel.append(.first, file, chunk(2))
        world.kernel.setDiskCondition(of: .first, to: DiskCondition(isFailed: true))
        let onFailed = world.kernel.replace(.first, file, with: FileContents())
        world.kernel.flush(.first, file, token: 3)
        let lines = world.run()
        world.kernel.crash(.first, keep: .synced)
        #expect(!onFull && !onFailed)
        #expect(
            lines.map { $0.split(separator: " ").dropFirst().joined(separator: " ") } == [
                "flush failed 3 on 0"
            ]
        )
        #expect(bytes(world, file) == nil)
    }

    @Test func wipeLeavesNoFile() {
        let world = World()
        append(world, file, [1])
        world.kernel.syncAll(.first)
        world.kernel.wipe(.first)
        let found = world.kernel.files(of: .first)
        #expect(found.isEmpty)
    }
}
