import Glibc
import Report

/// The process's two output streams.
enum Output {
    /// Writes to the standard output: what was asked for, and nothing else.
    static func text(_ text: String) {
        write(text, to: 1)
    }

    /// Writes a line to the standard error.
    static func error(_ message: String) {
        write(message + "\n", to: 2)
    }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(
                    descriptor,
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[rest.indices])
                        .baseAddress,
                    rest.count
                )
                if written < 0, errno == EINTR { continue }
                // The reader has gone: there is nobody left to tell.
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
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
