import Foundation
import Scenario
import Testing

/// The schema that the bundled scenarios name.
@Suite struct SchemaFileTests {
    @Test func theCommittedSchemaIsTheCurrentOne() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("scenarios/scenario.schema.json")
        let committed = try String(contentsOf: file, encoding: .utf8)
        // To renew it: kafkasim schema > scenarios/scenario.schema.json
        #expect(committed == JSONSchema.text())
    }
}
