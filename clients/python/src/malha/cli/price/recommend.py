"""`malha price recommend`: the cheapest way to cover a need or a workload."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import Need, constraints, gpu_models, need_options
from malha.cli.price.usage import usage_options
from malha.cli.price.values import amount, longest_term, share
from malha.cli.price.workloads import whole_numbers

if TYPE_CHECKING:
    from malha.pricing.v1 import intent_pb2, workload_pb2

_BUDGET = re.compile(r"\$?([\d.,]+)\s*(?:USD)?\s*(?:/|per |a )\s*(hour|day|month|year)")
_PEAK = re.compile(r"(\d+)\s*[x:]\s*(\d+(?:\.\d+)?)\s*h?")


@click.command()
@need_options
@click.option("--total-vcpus", type=click.FloatRange(0, min_open=True), metavar="N", help="vCPUs needed in all.")
@click.option("--total-memory", type=click.FloatRange(0, min_open=True), metavar="GIB", help="Memory needed in all.")
@click.option("--total-gpus", type=click.FloatRange(0, min_open=True), metavar="N", help="GPUs needed in all.")
@click.option("--instances", type=click.IntRange(1), metavar="N", help="Instances needed.")
@click.option(
    "--profile", metavar="N,N,...|@FILE",
    help="A workload over time: instances in slots that repeat, 24 for a day, 168 for a week.",
)  # fmt: skip
@click.option("--baseline", type=click.IntRange(0), metavar="N", help="A workload: instances always needed ...")
@click.option("--peak", "peaks", multiple=True, metavar="NxHOURS", help="... and N more for so many hours a month.")
@click.option("--months", type=click.IntRange(1, 120), metavar="N", help="How long the workload lasts. [default: 12]")
@click.option("--max-upfront", type=amount, metavar="USD", help="A workload: the most paid when commitments begin.")
@usage_options
@click.option("--budget", metavar="USD/PERIOD", help="The most that is to be paid, such as 500/month.")
@click.option("--spot-share", type=share, metavar="SHARE", help="The part that may be taken away, such as 30%.")
@click.option("--max-term", type=longest_term, metavar="0|1y|3y", help="The longest commitment.")
@click.option("--max-instances", type=click.IntRange(1, 1_000_000), metavar="N", help="The most instances.")
@click.option("--together", type=click.Choice(["region", "provider", "anywhere"]), help="How close the parts must be.")
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True, help="How many options.")
@answer_options
def recommend(
    need: Need, usage: Any, budget: str | None, spot_share: float | None, max_term: int | None,
    max_instances: int | None, together: str | None, limit: int, form: Form, **given: Any,
) -> None:  # fmt: skip
    """Find the cheapest way to cover a need, or a workload over time, and say why the other ways lost.

    \b
    For example:
      malha price recommend --total-vcpus 100 --memory 8 --area europe --spot-share 30%
      malha price recommend --vcpus 4 --baseline 10 --peak 20x120 --max-term 3y
    """
    from malha.pricing.v1 import recommendation_pb2

    work, workload, place = _parts(given)
    if work and workload:
        raise click.UsageError("give what is needed in all, or a workload over time")
    close = f"TOGETHER_{(together or 'unspecified').upper()}"
    most = _budget(budget)
    with connected(**place) as client:
        answer = client.pricing.recommend_configuration(
            constraints(need, gpu_models(client, need)),
            work or workload,
            usage=usage,
            budget=most,
            interruptible_share=spot_share,
            max_term_months=max_term,
            max_instances=max_instances,
            together=recommendation_pb2.Together.Value(close),
            limit=limit,
        )
    from malha.cli.price.render import recommendations

    form.show(answer, lambda page: recommendations.recommendation(page, answer))


def _parts(given: dict[str, Any]) -> tuple[workload_pb2.Work | None, workload_pb2.Workload | None, dict[str, Any]]:
    """What is needed, as work or as a workload, and where the mesh is."""
    from malha import money
    from malha.pricing.v1 import workload_pb2

    vcpus, memory, gpus = (given.pop(f"total_{what}") for what in ("vcpus", "memory", "gpus"))
    work = workload_pb2.Work(vcpus=vcpus, memory_gib=memory, gpus=gpus, instances=given.pop("instances"))
    profile, peaks, upfront = given.pop("profile"), given.pop("peaks"), given.pop("max_upfront")
    baseline, months = given.pop("baseline"), given.pop("months")
    if not (profile or baseline or peaks):
        if months or upfront is not None:
            raise click.UsageError("--months and --max-upfront go with a workload: --profile, --baseline or --peak")
        return (work if work.ByteSize() else None), None, given
    workload = workload_pb2.Workload(
        profile=whole_numbers(profile, "--profile") if profile else (),
        baseline=baseline or 0,
        peaks=[_peak(each) for each in peaks],
        months=months or 0,
        max_upfront=None if upfront is None else money.of(upfront),
    )
    return (work if work.ByteSize() else None), workload, given


def _peak(text: str) -> workload_pb2.Peak:
    from malha.pricing.v1 import workload_pb2

    found = _PEAK.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no peak: 20x120 is 20 more instances for 120 hours a month")
    return workload_pb2.Peak(instances=int(found[1]), hours_a_month=float(found[2]))


def _budget(text: str | None) -> intent_pb2.Budget | None:
    from malha import money
    from malha.pricing.v1 import intent_pb2

    if text is None:
        return None
    found = _BUDGET.fullmatch(text.strip())
    try:
        most = money.of(found[1]) if found else None
    except ValueError:
        most = None
    if found is None or most is None:
        raise click.BadParameter(f"{text!r} is no budget: write 500/month, or hour, day, year")
    return intent_pb2.Budget(amount=most, period=intent_pb2.Period.Value(f"PERIOD_{found[2].upper()}"))
