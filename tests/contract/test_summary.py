from flowgauge.contract.findings.summary import summary_lines
from flowgauge.results import CheckTally, ContractReport, OperationReport, SkippedCheck, TargetIdentity


def test_each_operation_has_a_line_with_its_cases_checks_and_skips() -> None:
    rows = tuple(
        OperationReport(name, "GET", "/", cases, {"status": CheckTally(cases, 0)})
        for name, cases in (("listFlows", 3), ("runWorkflow", 5))
    )
    skipped = (SkippedCheck("expired token", "none given"), SkippedCheck("stages", "none", ("runWorkflow",)))
    report = ContractReport(TargetIdentity("fake"), 1, 10.0, 5.0, True, rows, (), skipped)
    lines = [line.split() for line in summary_lines(report)]
    assert ["operation", "cases", "checks", "skipped", "findings"] in lines
    assert ["listFlows", "3", "3", "1", "0"] in lines
    assert ["runWorkflow", "5", "5", "2", "0"] in lines
    assert ["skipped:", "stages", "(runWorkflow):", "none"] in lines
