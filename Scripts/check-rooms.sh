#!/bin/sh
# Words that have no place in simulated code: other clocks, other dice, hidden state.
set -eu
rooms='SimBase SimKernel KafkaProtocol KafkaLog KafkaRaft KafkaController KafkaGroups KafkaBroker KafkaClients Checkers SimCluster'
banned='^import Foundation|\bDate\(|\bUUID\(|\bTask *\{|\.random\((in|using):|\.shuffled\(|\.hashValue|ContinuousClock|SystemRandomNumberGenerator|\btry!|fatalError\(|ObjectIdentifier'
status=0
for room in $rooms; do
    if grep -rnE "$banned" "Sources/$room" --include='*.swift'; then
        echo "Sources/$room: the words above have no place in simulated code" >&2
        status=1
    fi
done
exit $status
