/// What reports look like, to the byte. Each was read by eyes before it was put here.
enum Golden {
    static let runText = #"""
        leader-kill                                                   Kafka 4.0 · seed 7
        kill -9 of a partition leader under load

          cluster   KRaft, 3 brokers, 3 controllers
          orders    3 partitions × 3 replicas, min.insync.replicas=1
          shop      30,000 records to orders at 1,000/s, acks=1
          billing   2 members on orders, commit after-processing
          time      82.4 s virtual in 311 ms real (265 times as fast), 1,204,388 events

        Timeline
          10.000 s  ● kill leader(orders-0): broker-1
                      broker-1 is gone with 37 records that only it had
          19.183 s    controller-4 fences broker-1: no heartbeat for 9,000 ms
                      orders-0: broker-2 becomes leader in epoch 1, ISR [2, 3]
          24.000 s  ◇ partition.orders-0.leader is 2 ✓
          25.000 s  ● start broker-1
          26.310 s    broker-1 is unfenced, truncates orders-0 to 3340 and follows
                      broker-2
          26.842 s    orders-0: ISR [2, 3, 1]
          60.000 s    the workload ends; all faults are undone

        Records
          sent     30,000      lost.acked     160      duplicated  41
          acked    29,985      lost.silent      0      reordered    0
          failed       12      lost.reported   12      phantom      3
          pending       3      lost.expired     0
          failed with  TimeoutException 12

          group    processed  skipped  reprocessed  dirty  unread  rebalances  max lag
          billing     29,947        0          120     37       0           3    9,204

        Cluster
          partitions  elections: 1 clean, 1 preferred · leaderless for up to 9,214 ms ·
                      ISR shrunk 3 times, grew 3 times · 37 records truncated
          latency     ack p50 1.3, p99 14.0, max 9,231.4 ms

        Causes
          ▪ 160 records (orders-0 offsets 3340-3499) were acknowledged by broker-1
            before any follower had them; at 10.000 s broker-1 was killed and broker-2
            became leader at offset 3340.
            explains  lost.acked 160 · acked-by-leader-alone (configuration)
            because   producers.shop.config.acks=1
                      topics.orders.config.min.insync.replicas=1
            remedy    Use acks=all with min.insync.replicas=2: then an acknowledged
                      record is on two brokers.

          ▪ 12 records ran into delivery.timeout.ms.
            explains  lost.reported 12 · delivery-timeout (producer)
            because   producers.shop.config.delivery.timeout.ms=8000
            remedy    Raise delivery.timeout.ms above the longest outage, and handle the
                      error in the callback.

          ▪ 41 records stand in the log again because a retry repeated a batch that had
            been stored.
            explains  duplicated 41 · retry-without-idempotence (configuration)
            because   producers.shop.config.enable.idempotence=false
            remedy    Set enable.idempotence=true: the broker then recognises a batch
                      that it has already stored.

        Expectations
                                          expected    found
          ✓ records.sent                    30,000   30,000
          ✓ partition.orders-0.leader            2        2   at 24.000 s
          ✓ leaderless.max.ms           0 … 12,000    9,214
          ✗ lost.acked                           0      160

        ✗ fail: 3 of 4 expectations hold                                 guarantee: none
        digest b1946ac92492d2347c6235b4d2611184
        run 12 in reports/kafkasim.sqlite; more with: kafkasim explain 12
        kafkasim run scenarios/leader-kill.json --seed 7

        """#

    static let runJSON = #"""
        {
          "scenario": "leader-kill",
          "seed": 7,
          "digest": "b1946ac92492d2347c6235b4d2611184",
          "metrics": {
            "records.sent": 30000,
            "records.acked": 29985,
            "records.failed": 12,
            "records.pending": 3,
            "lost.acked": 160,
            "lost.silent": 0,
            "lost.reported": 12,
            "lost.expired": 0,
            "phantom": 3,
            "duplicated": 41,
            "reordered": 0,
            "errors.TimeoutException": 12,
            "retries": 84,
            "partition.orders-0.leader": 1,
            "partition.orders-0.isr": [2, 3, 1],
            "partition.orders-1.leader": null,
            "action.victim.result": "NONE",
            "group.billing.processed": 29947,
            "group.billing.skipped": 0,
            "group.billing.reprocessed": 120,
            "group.billing.dirty": 37,
            "group.billing.unread": 0,
            "group.billing.rebalances": 3,
            "group.billing.lag.max": 9204,
            "group.billing.end-to-end.lost": 160,
            "group.billing.end-to-end.duplicated": 120,
            "elections.clean": 1,
            "elections.unclean": 0,
            "elections.preferred": 1,
            "isr.shrinks": 3,
            "isr.expands": 3,
            "truncated.records": 37,
            "leaderless.max.ms": 9214,
            "ack.latency.p50.ms": 1.25,
            "ack.latency.p99.ms": 14,
            "ack.latency.max.ms": 9231.407,
            "controller.failovers": 0
          },
          "guarantee": "none",
          "expectations": [
            {
              "metric": "records.sent",
              "bound": 30000,
              "actual": 30000,
              "pass": true
            },
            {
              "metric": "partition.orders-0.leader",
              "bound": 2,
              "actual": 2,
              "pass": true,
              "at-ms": 24000
            },
            {
              "metric": "leaderless.max.ms",
              "bound": "0 … 12000",
              "actual": 9214,
              "pass": true
            },
            {
              "metric": "lost.acked",
              "bound": 0,
              "actual": 160,
              "pass": false
            }
          ],
          "diagnosis": [
            {
              "cause": "acked-by-leader-alone",
              "category": "configuration",
              "metric": "lost.acked",
              "records": 160,
              "sentence": "160 records (orders-0 offsets 3340-3499) were acknowledged by broker-1 before any follower had them; at 10.000 s broker-1 was killed and broker-2 became leader at offset 3340.",
              "settings": {
                "producers.shop.config.acks": "1",
                "topics.orders.config.min.insync.replicas": "1"
              },
              "remedy": "Use acks=all with min.insync.replicas=2: then an acknowledged record is on two brokers.",
              "example": {
                "record": 9981,
                "life": [
                  {
                    "at-ms": 9981,
                    "step": "shop hands it to send() for topic orders"
                  },
                  {
                    "at-ms": 9984,
                    "step": "broker-1 appends it to orders-0 at offset 3340"
                  },
                  {
                    "at-ms": 9984,
                    "step": "the application is told success"
                  },
                  {
                    "at-ms": 19214,
                    "step": "broker-2 becomes leader without it"
                  }
                ]
              }
            },
            {
              "cause": "delivery-timeout",
              "category": "producer",
              "metric": "lost.reported",
              "records": 12,
              "sentence": "12 records ran into delivery.timeout.ms.",
              "settings": {
                "producers.shop.config.delivery.timeout.ms": "8000"
              },
              "remedy": "Raise delivery.timeout.ms above the longest outage, and handle the error in the callback.",
              "example": {
                "record": 10002,
                "life": []
              }
            },
            {
              "cause": "retry-without-idempotence",
              "category": "configuration",
              "metric": "duplicated",
              "records": 41,
              "sentence": "41 records stand in the log again because a retry repeated a batch that had been stored.",
              "settings": {
                "producers.shop.config.enable.idempotence": "false"
              },
              "remedy": "Set enable.idempotence=true: the broker then recognises a batch that it has already stored.",
              "example": {
                "record": 9700,
                "life": []
              }
            }
          ],
          "skipped-actions": [
            {
              "at-ms": 40000,
              "action": "heal",
              "target": "all",
              "as": null,
              "reason": "nothing was partitioned",
              "optional": true
            }
          ],
          "pass": false
        }

        """#

    static let junit = #"""
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="kafkasim" tests="5" failures="1" errors="0" skipped="1">
          <testsuite name="leader-kill seed 7" tests="5" failures="1" errors="0" skipped="1" file="scenarios/leader-kill.json">
            <properties>
              <property name="seed" value="7"/>
              <property name="digest" value="b1946ac92492d2347c6235b4d2611184"/>
              <property name="kafka.version" value="4.0"/>
              <property name="guarantee" value="none"/>
            </properties>
            <testcase name="records.sent" classname="leader-kill"/>
            <testcase name="partition.orders-0.leader at 24.000 s" classname="leader-kill"/>
            <testcase name="leaderless.max.ms" classname="leader-kill"/>
            <testcase name="lost.acked" classname="leader-kill">
              <failure message="lost.acked is 160, expected 0">160 records (orders-0 offsets 3340-3499) were acknowledged by broker-1 before any follower had them; at 10.000 s broker-1 was killed and broker-2 became leader at offset 3340. Use acks=all with min.insync.replicas=2: then an acknowledged record is on two brokers.
        12 records ran into delivery.timeout.ms. Raise delivery.timeout.ms above the longest outage, and handle the error in the callback.
        41 records stand in the log again because a retry repeated a batch that had been stored. Set enable.idempotence=true: the broker then recognises a batch that it has already stored.</failure>
            </testcase>
            <testcase name="heal all at 40.000 s" classname="leader-kill">
              <skipped message="nothing was partitioned"/>
            </testcase>
          </testsuite>
        </testsuites>

        """#

    static let explain = #"""
        run 12: leader-kill                                           Kafka 4.0 · seed 7
        kill -9 of a partition leader under load

        Timeline
          10.000 s  ● kill leader(orders-0): broker-1
                      broker-1 is gone with 37 records that only it had
          19.183 s    controller-4 fences broker-1: no heartbeat for 9,000 ms
                      orders-0: broker-2 becomes leader in epoch 1, ISR [2, 3]
          24.000 s  ◇ partition.orders-0.leader is 2 ✓
          25.000 s  ● start broker-1
          26.310 s    broker-1 is unfenced, truncates orders-0 to 3340 and follows
                      broker-2
          26.842 s    orders-0: ISR [2, 3, 1]
          60.000 s    the workload ends; all faults are undone

        Causes
          ▪ 160 records (orders-0 offsets 3340-3499) were acknowledged by broker-1
            before any follower had them; at 10.000 s broker-1 was killed and broker-2
            became leader at offset 3340.
            explains  lost.acked 160 · acked-by-leader-alone (configuration)
            because   producers.shop.config.acks=1
                      topics.orders.config.min.insync.replicas=1
            remedy    Use acks=all with min.insync.replicas=2: then an acknowledged
                      record is on two brokers.
            for example record 9981:
             9.981 s  shop hands it to send() for topic orders
             9.984 s  broker-1 appends it to orders-0 at offset 3340
                      the application is told success
            19.214 s  broker-2 becomes leader without it

          ▪ 12 records ran into delivery.timeout.ms.
            explains  lost.reported 12 · delivery-timeout (producer)
            because   producers.shop.config.delivery.timeout.ms=8000
            remedy    Raise delivery.timeout.ms above the longest outage, and handle the
                      error in the callback.

          ▪ 41 records stand in the log again because a retry repeated a batch that had
            been stored.
            explains  duplicated 41 · retry-without-idempotence (configuration)
            because   producers.shop.config.enable.idempotence=false
            remedy    Set enable.idempotence=true: the broker then recognises a batch
                      that it has already stored.

        kafkasim explain 12 --record 9981

        """#
}
