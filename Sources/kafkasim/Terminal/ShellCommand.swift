/// A command as the user would type it.
struct ShellCommand {
    private var words: [String]

    init(_ words: String...) {
        self.words = words
    }

    mutating func add(_ words: String...) {
        self.words += words
    }

    var text: String {
        words.map(ShellCommand.quoted).joined(separator: " ")
    }

    /// In single quotes where the shell would read more into it.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "-_./=:,@%+".unicodeScalars.contains(scalar)
        }
        guard !isPlain || word.isEmpty else { return word }
        let parts = word.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}
