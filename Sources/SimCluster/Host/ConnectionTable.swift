import KafkaProtocol
import SimKernel

/// Which kernel connection stands behind each machine's channel, and the way back.
struct ConnectionTable {
    /// `channels[node][role][index]`.
    private var channels: [[[ConnectionIndex?]]]
    private struct Owner {
        var generation: UInt32 = .max
        var channel = ChannelID(.client, 0)
    }
    private var owners: [Owner] = []

    init(nodes: Int) {
        channels = Array(
            repeating: Array(repeating: [], count: ChannelRole.allCases.count),
            count: nodes
        )
    }

    func connection(of channel: ChannelID, on node: NodeIndex) -> ConnectionIndex? {
        let table = channels[node.position][Int(channel.role.rawValue)]
        return Int(channel.index) < table.count ? table[Int(channel.index)] : nil
    }

    /// The channel of a connection's client side; `nil` once the machine has closed it.
    func channel(of connection: ConnectionIndex) -> ChannelID? {
        let slot = Int(connection.slot)
        guard slot < owners.count, owners[slot].generation == connection.generation else {
            return nil
        }
        return owners[slot].channel
    }

    mutating func bind(_ channel: ChannelID, on node: NodeIndex, to connection: ConnectionIndex) {
        let role = Int(channel.role.rawValue)
        while channels[node.position][role].count <= Int(channel.index) {
            channels[node.position][role].append(nil)
        }
        channels[node.position][role][Int(channel.index)] = connection
        let slot = Int(connection.slot)
        while owners.count <= slot { owners.append(Owner()) }
        owners[slot] = Owner(generation: connection.generation, channel: channel)
    }

    /// Forgets a channel: events of its connection no longer reach the machine.
    mutating func unbind(_ channel: ChannelID, on node: NodeIndex) -> ConnectionIndex? {
        guard let connection = connection(of: channel, on: node) else { return nil }
        channels[node.position][Int(channel.role.rawValue)][Int(channel.index)] = nil
        owners[Int(connection.slot)].generation = .max
        return connection
    }

    /// Forgets all channels of a process that has died.
    mutating func clear(_ node: NodeIndex) {
        for role in channels[node.position].indices {
            for connection in channels[node.position][role] {
                if let connection { owners[Int(connection.slot)].generation = .max }
            }
            channels[node.position][role].removeAll()
        }
    }
}
