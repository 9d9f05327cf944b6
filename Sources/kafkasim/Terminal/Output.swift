import Report

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The process's two output streams.
enum Output {
    /// Writes to the standard output: what was asked for, and nothing else.
    static func text(_ text: String) throws {
        try write(text, to: 1, named: "standard output")
    }

    /// Writes a line to the standard error.
    static func error(_ message: String) {
        _ = send(message + "\n", to: 2)
    }

    /// Writes to the standard error as it is, without a line's end.
    static func progress(_ text: String) {
        _ = send(text, to: 2)
    }

    /// Writes all of a text to a file.
    /// - Throws: a ``Failure`` that calls the file by `name` if it takes no more: a full disk must
    ///   not look like success.
    static func write(_ text: String, to descriptor: Int32, named name: String) throws {
        let error = send(text, to: descriptor)
        // The reader has gone: there is nobody left to tell.
        guard error != 0, error != EPIPE else { return }
        throw Failure("error: \(name): cannot be written: \(Files.reason(error))")
    }

    /// - Returns: 0, or the error that ended the writing.
    private static func send(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = systemWrite(descriptor, start, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return errno }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
            return 0
        }
    }

    /// How to set text on the standard output: coloured only for eyes that want it.
    static var presentation: Presentation {
        Presentation(width: columns, isColoured: isTerminal(1) && wantsColour)
    }

    static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }

    private static var wantsColour: Bool {
        // https://no-color.org: any value that is not empty.
        (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb"
    }

    private static var columns: Int {
        var size = winsize()
        if ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return variable("COLUMNS").flatMap { Int($0) } ?? 100
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// `write(2)`, by a name that no method here hides.
private func systemWrite(_ file: Int32, _ start: UnsafeRawPointer, _ count: Int) -> Int {
    write(file, start, count)
}
