import KafkaProtocol

/// What travels on a connection.
enum Message {
    case request(CorrelationID, Request)
    case response(CorrelationID, Response)
    /// A place of the slab that is free.
    case empty
}

/// Messages under way. The kernel carries their numbers; each enters and leaves once.
struct MessageSlab: ~Copyable {
    private var messages: [Message] = []
    private var free: [Int32] = []

    /// Stores a message and gives its number.
    mutating func store(_ message: Message) -> Int32 {
        if let slot = free.popLast() {
            messages[Int(slot)] = message
            return slot
        }
        messages.append(message)
        return Int32(messages.count - 1)
    }

    /// Takes a message out, for the last time.
    mutating func take(_ slot: Int32) -> Message {
        var message = Message.empty
        swap(&message, &messages[Int(slot)])
        free.append(slot)
        return message
    }

    /// Looks at a message that stays.
    borrowing func peek(_ slot: Int32) -> Message {
        messages[Int(slot)]
    }
}
