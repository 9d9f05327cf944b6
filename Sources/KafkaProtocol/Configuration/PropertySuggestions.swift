extension PropertySchema {
    /// The known name of the scope that is nearest to a misspelt one; `nil` if none is near.
    public static func suggestion(for name: String, in scope: PropertyScope) -> String? {
        NearestName.find(name, among: definitions(of: scope).map(\.name))
    }

    static func unknown(_ name: String, in scope: PropertyScope) -> PropertyError {
        let home = PropertyScope.allCases.first {
            $0 != scope && definition(of: name, in: $0) != nil
        }
        return .unknown(
            name: name,
            scope: scope,
            nearest: suggestion(for: name, in: scope),
            home: home
        )
    }
}

/// Finds what a user may have meant by a name that does not exist.
public enum NearestName {
    /// The candidate with the fewest edits (insertions, deletions, replacements and swaps of
    /// neighbours), at most a third of the name; of equals, the first.
    public static func find(_ name: String, among candidates: [String]) -> String? {
        let wanted = Array(name.lowercased().utf8)
        var nearest: String?
        var least = max(1, min(wanted.count / 3, 4)) + 1
        for candidate in candidates {
            let letters = Array(candidate.lowercased().utf8)
            guard abs(letters.count - wanted.count) < least else { continue }
            let distance = distance(wanted, letters)
            if distance < least {
                least = distance
                nearest = candidate
            }
        }
        return nearest
    }

    /// The optimal string alignment distance.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var cost = min(current[column], last[column + 1]) + 1
                cost = min(cost, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
