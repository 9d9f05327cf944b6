extension Array {
    /// Empties the array and keeps its memory for what comes next.
    ///
    /// `removeAll(keepingCapacity:)` does as much work for an array that is empty already as for
    /// any other, and allocates anew if its memory is shared. A few elements are popped faster than
    /// it removes them.
    @inlinable
    public mutating func clear() {
        if count <= 4 {
            while popLast() != nil {}
        } else {
            removeAll(keepingCapacity: true)
        }
    }
}
