import Foundation

/// A folder of its own for a test, removed at the end.
final class Scratch {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "kafkasim-store-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func path(_ name: String) -> String {
        folder + "/" + name
    }
}
