extension Array {
    /// Empties the array and keeps its memory for what comes next.
    ///
    /// `removeAll(keepingCapacity:)` does as much work for an array that is empty already as for
    /// any other, and allocates anew if its memory is shared.
    @inlinable
    public mutating func clear() {
        if !isEmpty { removeAll(keepingCapacity: true) }
    }
}
