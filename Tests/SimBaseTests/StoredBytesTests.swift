import SimBase
import Testing

@Suite struct StoredBytesTests {
    private let chunk = FileChunk(
        headHigh: 0x0102_0304_0506_0708,
        headLow: 0x090a_0b0c_0d0e_0f10,
        body: SharedBytes([0xaa, 0xbb, 0xcc])
    )

    @Test func headStandsBeforeTheBodyBigEndFirst() {
        #expect(FileContents([chunk]).bytes == Array(1...16) + [0xaa, 0xbb, 0xcc])
        #expect(chunk.count == 19)
    }

    @Test(arguments: 0...19)
    func prefixIsThePrefixOfTheBytes(length: Int) {
        let whole = FileContents([chunk]).bytes
        let cut = FileContents([chunk.prefix(length)])
        #expect(cut.bytes == Array(whole[..<length]))
        #expect(cut.size == length)
    }

    @Test(arguments: 0...40)
    func truncationCutsInsideChunks(length: Int) {
        let whole = FileContents([chunk, FileChunk(SharedBytes([1, 2, 3])), chunk])
        var cut = whole
        cut.truncate(to: length)
        #expect(cut.bytes == Array(whole.bytes[..<min(length, whole.size)]))
        #expect(cut.size == min(length, whole.size))
    }
}
