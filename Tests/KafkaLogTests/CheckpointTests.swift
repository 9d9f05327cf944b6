import KafkaLog
import KafkaProtocol
import SimBase
import Testing

@Suite struct CheckpointTests {
    private let entries = [
        (TopicPartition(TopicName(3), 0), Offset(17)),
        (TopicPartition(TopicName(1), 49), Offset(0)),
    ]

    private func file(_ text: String) -> FileContents {
        FileContents([FileChunk(SharedBytes(Array(text.utf8)))])
    }

    @Test func theFormatIsKafkas() {
        let text = CheckpointFile.text(entries)
        #expect(String(decoding: text.bytes, as: UTF8.self) == "0\n2\n3 0 17\n1 49 0\n")
    }

    @Test func entriesReturn() throws {
        let contents = FileContents([FileChunk(CheckpointFile.text(entries))])
        let parsed = try #require(CheckpointFile.parse(contents))
        #expect(parsed.map(\.0) == entries.map(\.0))
        #expect(parsed.map(\.1) == entries.map(\.1))
    }

    @Test func anEmptyCheckpointIsValid() throws {
        let parsed = try #require(CheckpointFile.parse(file("0\n0\n")))
        #expect(parsed.isEmpty)
    }

    @Test(arguments: [
        "", "0\n", "1\n1\n3 0 17\n", "0\n2\n3 0 17\n", "0\n1\n3 0\n", "0\n1\n3 0 x\n",
        "0\n1\n3 0 17", "0\n1\n3 0 17\n9\n", "0\n-1\n",
    ])
    func corruptFilesAreRefused(text: String) {
        #expect(CheckpointFile.parse(file(text)) == nil)
    }
}
