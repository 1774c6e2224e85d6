"""The score of a source and the summary of its findings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from services.analysis.domain.findings import Applicability, Confidence, Finding, Severity, SourceSummary
from services.analysis.domain.metrics import Metrics

_SEVERITY_WEIGHT = {Severity.INFO: 0.1, Severity.WARNING: 0.5, Severity.ERROR: 2.0, Severity.CRITICAL: 5.0}
_CONFIDENCE_WEIGHT = {Confidence.LOW: 0.3, Confidence.MEDIUM: 0.7, Confidence.HIGH: 1.0}
_COGNITIVE_FREE = 15
_COGNITIVE_WEIGHT = 0.2
_LEAST_LINES = 50


def score(findings: Sequence[Finding], metrics: Metrics) -> float:
    """0 (worst) to 100, one decimal, by the formula of the contract's `Summary.score`."""
    penalty = sum(_SEVERITY_WEIGHT[f.severity] * _CONFIDENCE_WEIGHT[f.confidence] for f in findings)
    penalty += sum(_COGNITIVE_WEIGHT * max(0, f.cognitive - _COGNITIVE_FREE) for f in metrics.functions)
    hundreds = max(metrics.code_lines, _LEAST_LINES) / 100
    return round(100 * math.exp(-penalty / (2 * hundreds)), 1)


def summarise(findings: Sequence[Finding], metrics: Metrics) -> SourceSummary:
    """The summary of one source."""
    severities = Counter(finding.severity for finding in findings)
    categories = Counter(finding.category for finding in findings)
    return SourceSummary(
        files=1,
        failed_files=0,
        lines=metrics.lines,
        code_lines=metrics.code_lines,
        findings=len(findings),
        by_severity=tuple(sorted(severities.items(), reverse=True)),
        by_category=tuple(sorted(categories.items())),
        safe_fixes=sum(
            finding.fix is not None and finding.fix.applicability is Applicability.SAFE for finding in findings
        ),
        score=score(findings, metrics),
    )
