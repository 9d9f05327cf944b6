// The yardstick for the kernel's event queue: what a C++ programmer would write who wants it fast,
// without a check of any kind. The same work as Benchmarks/Sources/Benchmarks/Storm.swift.
#include "CxxQueues.h"

#include <stdlib.h>

namespace {

struct Event {
    uint8_t kind;
    uint8_t side;
    int32_t subject;
    uint32_t generation;
    int32_t payload;
    int64_t token;
};

struct Key {
    int64_t time;
    uint64_t order;  // 40 bits of sequence, 24 bits of slot
};

inline bool before(const Key &left, const Key &right) {
    return left.time < right.time || (left.time == right.time && left.order < right.order);
}

inline uint32_t slot_of(const Key &key) { return key.order & 0xffffff; }

class KeyHeap {
public:
    KeyHeap() : keys(static_cast<Key *>(malloc(64 * sizeof(Key)))) {}
    ~KeyHeap() { free(keys); }

    bool empty() const { return count == 0; }
    const Key &first() const { return keys[0]; }

    void push(Key key) {
        if (count == capacity) {
            capacity *= 2;
            keys = static_cast<Key *>(realloc(keys, capacity * sizeof(Key)));
        }
        size_t hole = count++;
        while (hole > 0) {
            size_t parent = (hole - 1) / 4;
            if (!before(key, keys[parent])) break;
            keys[hole] = keys[parent];
            hole = parent;
        }
        keys[hole] = key;
    }

    Key pop() {
        Key smallest = keys[0];
        if (--count > 0) sink(keys[count]);
        return smallest;
    }

private:
    void sink(Key key) {
        size_t hole = 0;
        for (;;) {
            size_t child = hole * 4 + 1;
            if (child >= count) break;
            size_t end = child + 4 < count ? child + 4 : count;
            size_t least = child;
            for (size_t other = child + 1; other < end; other++) {
                if (before(keys[other], keys[least])) least = other;
            }
            if (!before(keys[least], key)) break;
            keys[hole] = keys[least];
            hole = least;
        }
        keys[hole] = key;
    }

    size_t count = 0;
    size_t capacity = 64;
    Key *keys;
};

class HeapQueue {
public:
    ~HeapQueue() {
        free(events);
        free(free_slots);
    }

    uint64_t take_sequence() { return next_sequence++; }

    void schedule(int64_t time, uint64_t sequence, const Event &event) {
        if (free_count == 0) grow();
        uint32_t slot = free_slots[--free_count];
        events[slot] = event;
        heap.push(Key{time, sequence << 24 | slot});
    }

    bool pop(Event &event) {
        if (heap.empty()) return false;
        Key key = heap.pop();
        now = key.time;
        uint32_t slot = slot_of(key);
        event = events[slot];
        free_slots[free_count++] = slot;
        return true;
    }

    int64_t now = 0;

private:
    void grow() {
        uint32_t larger = capacity == 0 ? 1024 : capacity * 2;
        events = static_cast<Event *>(realloc(events, larger * sizeof(Event)));
        free_slots = static_cast<uint32_t *>(realloc(free_slots, larger * sizeof(uint32_t)));
        for (uint32_t slot = larger; slot > capacity; slot--) free_slots[free_count++] = slot - 1;
        capacity = larger;
    }

    KeyHeap heap;
    Event *events = nullptr;
    uint32_t *free_slots = nullptr;
    uint32_t free_count = 0;
    uint32_t capacity = 0;
    uint64_t next_sequence = 0;
};

// 4,096 buckets of 4,096 ns; what lies beyond waits in a heap, the bucket in hand in a small one.
class WheelQueue {
public:
    WheelQueue() : buckets(static_cast<int32_t *>(malloc(bucket_count * sizeof(int32_t)))) {
        for (int64_t index = 0; index < bucket_count; index++) buckets[index] = -1;
    }
    ~WheelQueue() {
        free(entries);
        free(buckets);
    }

    uint64_t take_sequence() { return next_sequence++; }

    void schedule(int64_t time, uint64_t sequence, const Event &event) {
        if (first_free < 0) grow();
        int32_t index = first_free;
        Entry &entry = entries[index];
        first_free = entry.next;
        entry.key = Key{time, sequence << 24 | static_cast<uint32_t>(index)};
        entry.event = event;
        int64_t bucket = time >> width_bits;
        int64_t distance = bucket - cursor;
        if (distance <= 0) {
            current.push(entry.key);
        } else if (distance < bucket_count) {
            int64_t place = bucket & (bucket_count - 1);
            entry.next = buckets[place];
            buckets[place] = index;
            occupied[place >> 6] |= uint64_t(1) << (place & 63);
            occupied_words |= uint64_t(1) << (place >> 6);
        } else {
            overflow.push(entry.key);
        }
    }

    bool pop(Event &event) {
        if (current.empty() && !advance()) return false;
        Key key = current.pop();
        now = key.time;
        int32_t index = slot_of(key);
        Entry &entry = entries[index];
        event = entry.event;
        entry.next = first_free;
        first_free = index;
        return true;
    }

    int64_t now = 0;

private:
    struct Entry {
        Key key;
        Event event;
        int32_t next;
    };

    static constexpr int64_t bucket_count = 4096;
    static constexpr int64_t width_bits = 12;

    bool advance() {
        int64_t target = INT64_MAX;
        if (occupied_words != 0) {
            int64_t start = (cursor + 1) & (bucket_count - 1);
            int64_t word = start >> 6;
            uint64_t here = occupied[word] & (~uint64_t(0) << (start & 63));
            int64_t place;
            if (here != 0) {
                place = (word << 6) + __builtin_ctzll(here);
            } else {
                uint64_t behind = word == 63 ? 0 : occupied_words & (~uint64_t(0) << (word + 1));
                int64_t found = __builtin_ctzll(behind != 0 ? behind : occupied_words);
                place = (found << 6) + __builtin_ctzll(occupied[found]);
            }
            target = cursor + 1 + ((place - start) & (bucket_count - 1));
        }
        if (!overflow.empty() && overflow.first().time >> width_bits < target) {
            target = overflow.first().time >> width_bits;
        }
        if (target == INT64_MAX) return false;
        cursor = target;
        int64_t place = target & (bucket_count - 1);
        int32_t index = buckets[place];
        if (index >= 0) {
            buckets[place] = -1;
            occupied[place >> 6] &= ~(uint64_t(1) << (place & 63));
            if (occupied[place >> 6] == 0) occupied_words &= ~(uint64_t(1) << (place >> 6));
            for (; index >= 0; index = entries[index].next) current.push(entries[index].key);
        }
        while (!overflow.empty() && overflow.first().time >> width_bits == target) {
            current.push(overflow.pop());
        }
        return true;
    }

    void grow() {
        int32_t larger = capacity == 0 ? 1024 : capacity * 2;
        entries = static_cast<Entry *>(realloc(entries, larger * sizeof(Entry)));
        for (int32_t index = larger - 1; index >= capacity; index--) {
            entries[index].next = first_free;
            first_free = index;
        }
        capacity = larger;
    }

    Entry *entries = nullptr;
    int32_t first_free = -1;
    int32_t capacity = 0;
    int32_t *buckets;
    uint64_t occupied[64] = {};
    uint64_t occupied_words = 0;
    int64_t cursor = INT64_MIN >> width_bits;
    KeyHeap current;
    KeyHeap overflow;
    uint64_t next_sequence = 0;
};

class Random {
public:
    uint64_t next() {
        state += 0x9e3779b97f4a7c15;
        uint64_t mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

private:
    uint64_t state = 1;
};

struct Timer {
    bool resident = false;
    uint32_t generation = 0;
    int64_t deadline = 0;
    int64_t resident_time = 0;
    uint64_t sequence = 0;
    uint64_t resident_sequence = 0;
};

template <class Queue>
class Storm {
public:
    explicit Storm(int32_t nodes)
        : nodes(nodes),
          states(static_cast<uint64_t *>(calloc(nodes, sizeof(uint64_t)))),
          timers(static_cast<Timer *>(calloc(nodes, sizeof(Timer)))) {}
    ~Storm() {
        free(states);
        free(timers);
    }

    uint64_t run(int32_t in_flight, int64_t deliveries, bool churn) {
        for (int32_t message = 0; message < in_flight; message++) send(message, random.next());
        uint64_t checksum = 0;
        Event event;
        while (deliveries > 0 && queue.pop(event)) {
            if (event.kind == 1) {
                timer_due(event);
                continue;
            }
            deliveries--;
            uint64_t &state = states[event.subject];
            state = (state ^ uint64_t(queue.now)) * 0x9e3779b97f4a7c15 + uint32_t(event.payload);
            checksum = (checksum << 7 | checksum >> 57) ^ state;
            uint64_t draw = random.next();
            send(event.payload, draw);
            if (churn) arm(event.subject, queue.now + 150000000 + int64_t(draw % 150000001));
        }
        return checksum;
    }

private:
    void send(int32_t message, uint64_t draw) {
        uint64_t low = draw & 0xffffffff;
        int32_t node = int32_t((draw >> 32) * uint64_t(nodes) >> 32);
        int64_t delay = 100000 + int64_t(low * 9900001 >> 32);
        queue.schedule(queue.now + delay, queue.take_sequence(), Event{0, 0, node, 0, message, 0});
    }

    void arm(int32_t node, int64_t deadline) {
        Timer &timer = timers[node];
        timer.deadline = deadline;
        timer.sequence = queue.take_sequence();
        if (!timer.resident || deadline < timer.resident_time) {
            timer.generation++;
            make_resident(node);
        }
    }

    // Moved meanwhile: the entry goes back to where the deadline is now.
    void timer_due(const Event &event) {
        Timer &timer = timers[event.subject];
        if (timer.generation != event.generation) return;
        if (timer.sequence != timer.resident_sequence) return make_resident(event.subject);
        timer.resident = false;
    }

    void make_resident(int32_t node) {
        Timer &timer = timers[node];
        int64_t time = timer.deadline < queue.now ? queue.now : timer.deadline;
        timer.resident = true;
        timer.resident_time = time;
        timer.resident_sequence = timer.sequence;
        queue.schedule(time, timer.sequence, Event{1, 0, node, timer.generation, -1, 0});
    }

    Queue queue;
    Random random;
    int32_t nodes;
    uint64_t *states;
    Timer *timers;
};

}  // namespace

uint64_t cxx_wheel_storm(int32_t nodes, int32_t in_flight, int64_t deliveries, int32_t churn) {
    return Storm<WheelQueue>(nodes).run(in_flight, deliveries, churn != 0);
}

uint64_t cxx_heap_storm(int32_t nodes, int32_t in_flight, int64_t deliveries, int32_t churn) {
    return Storm<HeapQueue>(nodes).run(in_flight, deliveries, churn != 0);
}
