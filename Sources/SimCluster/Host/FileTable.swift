import KafkaProtocol
import SimBase
import SimKernel

/// The files of one node: Kafka's names for the kernel's numbers, and the running process's
/// handles.
struct FileTable {
    private var names: [FileID?] = []
    private var free: [Int32] = []
    private var numbers: [FileID: Int32] = [:]
    /// By handle; forgotten when the process dies.
    private var handles: [Int32] = []

    /// Binds a handle to a file.
    /// - Returns: the file's number, and whether it did not exist before.
    mutating func open(_ handle: FileHandle, _ id: FileID) -> (file: FileIndex, isNew: Bool) {
        let known = numbers[id]
        let number = known ?? add(id)
        while handles.count <= Int(handle.rawValue) { handles.append(-1) }
        handles[Int(handle.rawValue)] = number
        return (FileIndex(number), known == nil)
    }

    func file(_ handle: FileHandle) -> FileIndex {
        let index = Int(handle.rawValue)
        precondition(
            index < handles.count && handles[index] >= 0,
            "file handle \(handle) was never opened"
        )
        return FileIndex(handles[index])
    }

    /// Forgets a file that was removed.
    mutating func remove(_ handle: FileHandle) -> FileIndex {
        let file = file(handle)
        if let id = names[file.position] { numbers[id] = nil }
        names[file.position] = nil
        free.append(file.rawValue)
        handles[Int(handle.rawValue)] = -1
        return file
    }

    func name(of file: FileIndex) -> FileID? {
        file.position < names.count ? names[file.position] : nil
    }

    mutating func forgetHandles() {
        handles.clear()
    }

    mutating func forgetEverything() {
        self = FileTable()
    }

    private mutating func add(_ id: FileID) -> Int32 {
        let number = free.popLast() ?? Int32(names.count)
        if Int(number) == names.count { names.append(id) } else { names[Int(number)] = id }
        numbers[id] = number
        return number
    }
}
