import SimBase
import Testing

@Suite struct BuffersTests {
    @Test func clearedArraysAreEmptyAndKeepTheirMemory() {
        var numbers = Array(0..<100)
        let capacity = numbers.capacity
        numbers.clear()
        #expect(numbers.isEmpty)
        #expect(numbers.capacity == capacity)
    }

    @Test func clearingACopyLeavesTheOther() {
        let numbers = [1, 2, 3]
        var copy = numbers
        copy.clear()
        #expect(copy.isEmpty)
        #expect(numbers == [1, 2, 3])
    }
}
