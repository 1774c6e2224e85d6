"""How a deployment looks on its way: live in a terminal, as lines in a log, as JSON to a program."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import click
from malha.mesh.v1 import deployment_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.duration_pb2 import Duration
    from google.protobuf.timestamp_pb2 import Timestamp
    from rich.console import RenderableType
    from rich.table import Table

_BAR = 28
# At this e-value the evidence rejects a canary, as the contract says.
_REJECTS = 100.0
_OVER = (deployment_pb2.DEPLOYMENT_STATE_SUCCEEDED, deployment_pb2.DEPLOYMENT_STATE_ROLLED_BACK)


def strategy_word(strategy: int) -> str:
    """Such as `blue-green`."""
    return _word(deployment_pb2.Strategy.DESCRIPTOR, strategy, "STRATEGY_")


def state_word(state: int) -> str:
    """Such as `rolled back`."""
    return _word(deployment_pb2.DeploymentState.DESCRIPTOR, state, "DEPLOYMENT_STATE_").replace("-", " ")


def moment(time: Timestamp) -> str:
    """A time in UTC, to the second."""
    return time.ToDatetime().strftime("%Y-%m-%d %H:%M:%SZ")


def row(deployment: deployment_pb2.Deployment) -> tuple[str, ...]:
    """Name, service, versions, strategy and state."""
    return (
        deployment.name.removeprefix("deployments/"),
        deployment.service,
        deployment.from_version,
        deployment.to_version,
        strategy_word(deployment.strategy),
        state_word(deployment.state),
    )


def json_lines(steps: Iterable[deployment_pb2.Deployment]) -> deployment_pb2.Deployment:
    """Print each step as one line of JSON; the last step."""
    from malha.cli.render.json_form import as_dict

    last = deployment_pb2.Deployment()
    for last in steps:
        click.echo(json.dumps(as_dict(last), ensure_ascii=False))
    return last


def plain_lines(steps: Iterable[deployment_pb2.Deployment]) -> deployment_pb2.Deployment:
    """Print a line whenever something else is being done, and the evidence at the end; the last step."""
    said = ""
    last = deployment_pb2.Deployment()
    for last in steps:
        replicas = f"(replicas: {last.new_replicas} new, {last.old_replicas} old)"
        line = f"{last.name} {state_word(last.state)}: {last.message} {replicas}"
        if line != said:
            click.echo(line)
            said = line
    if last.HasField("evidence"):
        click.echo(evidence_text(last.evidence))
    return last


def shown_live(steps: Iterable[deployment_pb2.Deployment]) -> deployment_pb2.Deployment:
    """Draw the steps over each other in the terminal; the last step, which stays."""
    from rich.live import Live

    from services.mesh.console import output

    last = deployment_pb2.Deployment()
    with Live(console=output(), auto_refresh=False) as live:
        for last in steps:
            live.update(picture(last), refresh=True)
    return last


def picture(deployment: deployment_pb2.Deployment) -> RenderableType:
    """A deployment as it is now."""
    from rich.console import Group
    from rich.text import Text

    colour = {_OVER[0]: "green", _OVER[1]: "red", deployment_pb2.DEPLOYMENT_STATE_ROLLING_BACK: "red"}
    head = Text.assemble(
        (deployment.service, "bold"),
        f" {deployment.from_version} → {deployment.to_version}  {strategy_word(deployment.strategy)}  ",
        (state_word(deployment.state), colour.get(deployment.state, "cyan")),
        (f"  {deployment.name}", "dim"),
    )
    counts = f"  replicas: {deployment.new_replicas} new, {deployment.old_replicas} old"
    parts: list[RenderableType] = [head, Text(f"  {deployment.message}"), Text(counts, "dim")]
    if deployment.HasField("evidence"):
        parts += [_comparison(deployment.evidence), _weights(deployment.evidence)]
    return Group(*parts)


def evidence_text(evidence: deployment_pb2.CanaryEvidence) -> str:
    """The evidence in two lines."""
    rows = [f"  {name:<9} {', '.join(cells)}" for name, cells in _sides(evidence)]
    e_values = f"e-values: failures {evidence.failure_e_value:.3g}, latency {evidence.latency_e_value:.3g}"
    return "\n".join([*rows, f"  {e_values} ({_REJECTS:.0f} rejects)"])


def bar_share(e_value: float) -> float:
    """How much of its bar an e-value fills: nothing at 1 and below, all at the value that rejects; logarithmic."""
    return min(1.0, max(0.0, math.log(max(e_value, 1.0)) / math.log(_REJECTS)))


def _comparison(evidence: deployment_pb2.CanaryEvidence) -> Table:
    from rich.table import Table

    drawn = Table(box=None, header_style="dim", padding=(0, 2))
    for header in ("", "CALLS", "FAILURES", "P50", "P95"):
        drawn.add_column(header, justify="right" if header else "left", no_wrap=True)
    for name, (calls, failures, p50, p95) in _sides(evidence):
        drawn.add_row(name, *(cell.split(" ", 1)[1] for cell in (calls, failures, p50, p95)))
    return drawn


def _sides(evidence: deployment_pb2.CanaryEvidence) -> list[tuple[str, tuple[str, str, str, str]]]:
    canary = (evidence.canary_calls, evidence.canary_failures, evidence.canary_p50, evidence.canary_p95)
    baseline = (evidence.baseline_calls, evidence.baseline_failures, evidence.baseline_p50, evidence.baseline_p95)
    return [("canary", _side(*canary)), ("baseline", _side(*baseline))]


def _side(calls: int, failures: int, p50: Duration, p95: Duration) -> tuple[str, str, str, str]:
    share = f" ({100 * failures / calls:.1f} %)" if calls else ""
    return f"calls {calls:,}", f"failures {failures:,}{share}", f"p50 {_time(p50, calls)}", f"p95 {_time(p95, calls)}"


def _time(duration: Duration, calls: int) -> str:
    return f"{duration.ToTimedelta().total_seconds() * 1e3:.1f} ms" if calls else "-"


def _weights(evidence: deployment_pb2.CanaryEvidence) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    drawn = Table(box=None, header_style="dim", padding=(0, 2))
    for header in ("EVIDENCE THAT IT", "", "E-VALUE"):
        drawn.add_column(header, no_wrap=True)
    for name, value in (("fails more", evidence.failure_e_value), ("is slower", evidence.latency_e_value)):
        style = "red" if value >= _REJECTS else "yellow" if value > math.sqrt(_REJECTS) else "green"
        bar = ProgressBar(total=1.0, completed=bar_share(value), width=_BAR, complete_style=style, finished_style="red")
        drawn.add_row(name, bar, f"{value:.3g} ({_REJECTS:.0f} rejects)")
    return drawn


def _word(enum: object, number: int, prefix: str) -> str:
    value = enum.values_by_number.get(number)  # type: ignore[attr-defined]
    return value.name.removeprefix(prefix).lower().replace("_", "-") if value else "unknown"
