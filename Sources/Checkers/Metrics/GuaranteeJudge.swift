/// Judges what the applications could rely on.
public enum GuaranteeJudge {
    /// Over records whose application was told success, and all groups; copies in the log stand in
    /// where no group reads a record's topic.
    public static func judge(_ ledger: Ledger) -> Guarantee {
        var isLost = false
        var isDoubled = false
        for (index, entry) in ledger.entries.enumerated() where entry.outcome == .acked {
            var wasRead = false
            for group in ledger.groups.indices where ledger.isSubscribed(group: group, to: index) {
                wasRead = true
                let times = ledger.timesProcessed(index, group: group)
                if times == 0 { isLost = true }
                if times > 1 { isDoubled = true }
            }
            if !wasRead {
                if entry.copies == 0 { isLost = true }
                if entry.copies > 1 { isDoubled = true }
            }
        }
        switch (isLost, isDoubled) {
        case (false, false): return .exactlyOnce
        case (false, true): return .atLeastOnce
        case (true, false): return .atMostOnce
        case (true, true): return .none
        }
    }
}
