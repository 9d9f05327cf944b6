public import Checkers
import SimBase

/// Runs as JUnit XML, as build servers read it: a suite for each run, a case for each expectation.
///
/// Without times: the same runs give the same bytes.
public enum JUnitReport {
    public static func text(_ results: [RunResult]) -> String {
        let suites = results.map(suite)
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"kafkasim\""
        text += counts(suites.flatMap(\.cases)) + ">\n"
        for suite in suites { text += suite.text }
        return text + "</testsuites>\n"
    }

    private struct Case {
        enum Outcome {
            case passed
            case failed(message: String)
            case broken(message: String)
            case skipped(message: String)
        }

        let name: String
        let outcome: Outcome
        /// More lines for whoever reads the failure.
        var detail = ""
    }

    private struct Suite {
        let cases: [Case]
        let text: String
    }

    private static func suite(_ result: RunResult) -> Suite {
        let cases = cases(result)
        var text = "  <testsuite name=\(quoted("\(result.scenario) seed \(result.seed)"))"
        text += counts(cases) + " file=\(quoted(result.file))>\n"
        text += "    <properties>\n"
        for (name, value) in [
            ("seed", String(result.seed)), ("digest", result.digest),
            ("kafka.version", result.kafkaVersion), ("guarantee", result.guarantee.rawValue),
        ] {
            text += "      <property name=\(quoted(name)) value=\(quoted(value))/>\n"
        }
        text += "    </properties>\n"
        for one in cases { text += element(one, in: result.scenario) }
        return Suite(cases: cases, text: text + "  </testsuite>\n")
    }

    private static func cases(_ result: RunResult) -> [Case] {
        let causes = result.findings.map { "\($0.sentence) \($0.remedy)" }.joined(separator: "\n")
        var cases = result.expectations.map { expectation in
            let at = expectation.at.map { " at \(Figures.seconds($0))" } ?? ""
            return Case(
                name: expectation.metric + at,
                outcome: expectation.pass
                    ? .passed
                    : .failed(
                        message: "\(expectation.metric)\(at) is \(expectation.actual), "
                            + "expected \(expectation.bound)"
                    ),
                detail: causes
            )
        }
        for action in result.actions {
            guard let reason = action.skipped else { continue }
            let name = "\(action.action) \(action.target) at \(Figures.seconds(action.at))"
            cases.append(
                Case(
                    name: name,
                    outcome: action.isOptional
                        ? .skipped(message: reason) : .failed(message: "not done: \(reason)")
                )
            )
        }
        for violation in result.violations {
            let at = Figures.seconds(violation.at)
            cases.append(
                Case(
                    name: violation.invariant,
                    outcome: .broken(message: "at \(at): \(violation.evidence)")
                )
            )
        }
        // A scenario without expectations ran to its end: that is what it was for.
        return cases.isEmpty ? [Case(name: "run", outcome: .passed)] : cases
    }

    private static func element(_ one: Case, in scenario: String) -> String {
        let start = "    <testcase name=\(quoted(one.name)) classname=\(quoted(scenario))"
        let (tag, message): (String, String)
        switch one.outcome {
        case .passed: return start + "/>\n"
        case .failed(let text): (tag, message) = ("failure", text)
        case .broken(let text): (tag, message) = ("error", text)
        case .skipped(let text): (tag, message) = ("skipped", text)
        }
        let body = one.detail.isEmpty ? "/>" : ">\(escaped(one.detail))</\(tag)>"
        return start + ">\n      <\(tag) message=\(quoted(message))\(body)\n    </testcase>\n"
    }

    private static func counts(_ cases: [Case]) -> String {
        var failures = 0
        var errors = 0
        var skipped = 0
        for one in cases {
            switch one.outcome {
            case .passed: break
            case .failed: failures += 1
            case .broken: errors += 1
            case .skipped: skipped += 1
            }
        }
        return " tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" "
            + "skipped=\"\(skipped)\""
    }

    private static func quoted(_ text: String) -> String {
        "\"\(escaped(text))\""
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            // XML 1.0 has no way to write the other control characters.
            case "\u{0}"..<"\u{20}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
