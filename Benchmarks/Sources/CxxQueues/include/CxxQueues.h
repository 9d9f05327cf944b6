#ifndef CXXQUEUES_H
#define CXXQUEUES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A message storm: `in_flight` messages, each delivery of which schedules the next one to a
/// random node after 0.1 to 10 ms. With `churn`, each delivery also re-arms the node's timer of
/// 150 to 300 ms. Returns a checksum over the deliveries in order.
uint64_t cxx_wheel_storm(int32_t nodes, int32_t in_flight, int64_t deliveries, int32_t churn);

/// The same by a 4-ary heap of 16-byte keys beside a slab of payloads.
uint64_t cxx_heap_storm(int32_t nodes, int32_t in_flight, int64_t deliveries, int32_t churn);

#ifdef __cplusplus
}
#endif

#endif
