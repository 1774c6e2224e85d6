"""`malha price estimate`: what a workload costs."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import connected
from malha.cli.price.answering import Form, answer_options
from malha.cli.price.needs import Need, need_options
from malha.cli.price.subjects import wanted
from malha.cli.price.usage import usage_options
from malha.cli.price.values import amount, decimal

if TYPE_CHECKING:
    from malha.client import Client
    from malha.pricing.v1 import advisor_service_pb2 as advisor

_NUMBERED = re.compile(r"(?:(\d+)\s*x\s*)(?=\S)(.+)")
_GIVEN = re.compile(r"([\d.,]+)\s*@\s*\$?([\d.,]+)")


@click.command()
@click.argument("items", nargs=-1, metavar="[Nx][OFFER|TYPE]...")
@need_options
@usage_options
@click.option("--storage", metavar="GIB@USD", help="GiB-months a month at your price of one, such as 500@0.08.")
@click.option("--egress", metavar="GIB@USD", help="GiB a month at your price of one, such as 100@0.09.")
@answer_options
def estimate(
    items: tuple[str, ...], need: Need, usage: Any, storage: str | None, egress: str | None, form: Form, **place: Any
) -> None:
    """Say what a workload costs by the hour, month and year.

    On demand, unless --purchase or --term say otherwise. Options hold for all items; storage and egress are told once,
    with the first.

    \b
    For example:
      malha price estimate 3xm7i.large 2xc7i.xlarge --region us-east-1 --hours-a-day 10
    """
    given = {"storage": _given(storage, "--storage"), "egress": _given(egress, "--egress")}
    with connected(**place) as client:
        made = _items(client, items, need, usage)
        for field, quantity in given.items():
            if quantity is not None:
                getattr(made[0], field).CopyFrom(quantity)
        answer = client.pricing.estimate_workload(made)
    from malha.cli.price.render import comparisons

    form.show(answer, lambda page: comparisons.estimate(page, answer, items))


def _items(client: Client, words: tuple[str, ...], need: Need, usage: Any) -> list[advisor.EstimateItem]:
    from malha.pricing.v1 import advisor_service_pb2 as advisor

    numbered = [_numbered(word) for word in words]
    subjects = wanted(client, [subject for _, subject in numbered], need, on_demand=True)
    quantities = [quantity for quantity, _ in numbered] or [1]
    return [
        advisor.EstimateItem(wanted=subject, quantity=quantity, usage=usage)
        for subject, quantity in zip(subjects, quantities, strict=True)
    ]


def _numbered(word: str) -> tuple[int, str]:
    """`3xm7i.large` as 3 and `m7i.large`; one without a number is 1."""
    found = _NUMBERED.fullmatch(word)
    return (int(found[1]), found[2]) if found else (1, word)


def _given(text: str | None, what: str) -> advisor.GivenQuantity | None:
    from malha import money
    from malha.pricing.v1 import advisor_service_pb2 as advisor

    if text is None:
        return None
    found = _GIVEN.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{what}: {text!r} has no amount and price: write 500@0.08")
    quantity: Decimal = decimal(found[1])
    return advisor.GivenQuantity(amount=float(quantity), unit_price=money.of(amount(found[2])))
