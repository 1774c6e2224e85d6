"""`malha price capacity`: how many instances a load needs."""

from __future__ import annotations

from typing import Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import Need, constraints, gpu_models, need_options
from malha.cli.price.values import longest_term, share, span
from malha.cli.price.workloads import series as read_series


@click.command()
@need_options
@click.option("--rate", type=click.FloatRange(0), metavar="N", help="Requests a second, on average.")
@click.option(
    "--profile", metavar="N,N,...|@FILE", help="Requests a second in each of the 24 hours, instead of --rate."
)
@click.option("--latency", type=span, required=True, metavar="SPAN", help="How long an instance works on a request.")
@click.option(
    "--concurrency", type=click.FloatRange(0, min_open=True), metavar="N", help="Requests at a time, an instance."
)
@click.option(
    "--concurrency-per-vcpu", type=click.FloatRange(0, min_open=True), metavar="N", help="The same, each vCPU."
)
@click.option("--peak-factor", type=click.FloatRange(1), metavar="N", help="The highest rate over the given one.")
@click.option("--margin", type=share, default="0%", metavar="SHARE", help="More capacity than needed, such as 30%.")
@click.option(
    "--spare", "spare_instances", type=click.IntRange(0), metavar="N", help="Instances that may fail. [default: 1]"
)
@click.option("--zones", type=click.IntRange(1, 10), default=1, show_default=True, help="Zones of the safest plan.")
@click.option(
    "--zones-lost", type=click.IntRange(0, 9), default=0, show_default=True, help="Zones that may fail at once."
)
@click.option(
    "--spot-share", "interruptible_share", type=share, default="0%", metavar="SHARE", help="May be taken away."
)
@click.option(
    "--max-term", "max_term_months", type=longest_term, default="0", metavar="0|1y|3y", help="The longest commitment."
)
@click.option("--start-time", type=span, metavar="SPAN", help="How long a new instance takes until it works.")
@click.option("--max-wait", type=span, metavar="SPAN", help="How long a request may wait before more are started.")
@answer_options
def capacity(
    need: Need, rate: float | None, profile: str | None, concurrency: float | None, concurrency_per_vcpu: float | None,
    form: Form, **given: Any,
) -> None:  # fmt: skip
    """Say how many instances a load needs, what the cheapest and the safest plan cost, and when to scale.

    \b
    For example:
      malha price capacity --rate 400 --latency 250ms --concurrency 8 --vcpus =4 --area europe --zones 3 --zones-lost 1
    """
    from malha.pricing.v1 import capacity_pb2

    if (rate is None) == (profile is None):
        raise click.UsageError("give --rate or --profile")
    if (concurrency is None) == (concurrency_per_vcpu is None):
        raise click.UsageError("give --concurrency or --concurrency-per-vcpu")
    hours = read_series(profile, "--profile") if profile else []
    if hours and len(hours) != 24:
        raise click.BadParameter(f"--profile: it has {len(hours)} numbers, a day 24")
    place = {name: given.pop(name) for name in ("address", "ca_file", "plaintext", "timeout")}
    with connected(**place) as client:
        shape = capacity_pb2.InstanceShape(constraints=constraints(need, gpu_models(client, need)))
        if concurrency is not None:
            shape.concurrency = concurrency
        elif concurrency_per_vcpu is not None:
            shape.concurrency_per_vcpu = concurrency_per_vcpu
        answer = client.pricing.plan_capacity([shape], rate=rate or 0, profile=hours, **given)
    from malha.cli.price.render import plans

    form.show(answer, lambda page: plans.capacity(page, answer))
