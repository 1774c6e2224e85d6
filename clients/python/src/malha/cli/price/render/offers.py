"""Offers as a table, and one offer with all that is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from rich.text import Text

from malha import money
from malha.cli.price.render import words
from malha.cli.price.render.styled import styled
from malha.cli.price.render.tables import Column
from malha.pricing.v1 import offer_pb2

if TYPE_CHECKING:
    from google.type.money_pb2 import Money

    from malha.cli.price.render.page import Page

_Field: TypeAlias = Literal["burstable", "local_disk_gib", "network_mbps"]

PURCHASE_STYLES: Final = {
    offer_pb2.PURCHASE_OPTION_SPOT: "yellow",
    offer_pb2.PURCHASE_OPTION_LOW_PRIORITY: "yellow",
    offer_pb2.PURCHASE_OPTION_RESERVED: "cyan",
    offer_pb2.PURCHASE_OPTION_SAVINGS_PLAN: "cyan",
    offer_pb2.PURCHASE_OPTION_COMMITTED_USE: "cyan",
}
"""What may be taken away, and what binds, is seen at a glance."""


def table(page: Page, offers: Sequence[offer_pb2.Offer], nothing: str = "no offer is like that") -> None:
    """The offers, in their order."""
    unit = words.currency([each.hourly_price for each in offers])
    prices = words.hourly([each.hourly_price for each in offers])
    per_vcpu, per_gib, per_gpu = (
        words.hourly([_set(each, f"price_per_{what}_hour") for each in offers]) for what in ("vcpu", "gib", "gpu")
    )
    several_systems = any(each.operating_system != offer_pb2.OPERATING_SYSTEM_LINUX for each in offers)
    columns = (
        Column("provider"), Column("region"), Column("type", style="bold"), Column("bought", wraps=12), Column("os"),
        Column("vCPU", right=True, rank=2), Column("GiB", right=True, rank=2), Column("GPU", rank=1),
        Column(f"{unit}/h", right=True, style="green"), Column("per vCPU", right=True, rank=5),
        Column("per GiB", right=True, rank=6), Column("per GPU", right=True, rank=3), Column("read", rank=4),
        Column("noticed", rank=4, style="red"), Column("source"), Column("offer", rank=7, style="dim"),
    )  # fmt: skip
    rows = [
        (
            provider(each), each.region + (f" {each.zone}" if each.zone else ""), each.instance.type, bought(each),
            system(each) if several_systems else "", words.plain(each.instance.vcpus),
            words.plain(each.instance.memory_gib), gpus(each), prices[index], per_vcpu[index], per_gib[index],
            per_gpu[index], words.day(each.provenance.observe_time), flags(each), page.sources.mark(each.provenance),
            short_name(each.name),
        )
        for index, each in enumerate(offers)
    ]  # fmt: skip
    page.table(columns, rows, nothing)


def card(page: Page, offer: offer_pb2.Offer) -> None:
    """All that is known of an offer, unknown facts left out."""
    instance = offer.instance
    page.write(Text(f"{instance.type}  {words.PROVIDERS.get(offer.provider, '')}  {offer.region} {offer.zone}", "bold"))
    page.write(short_name(offer.name), "dim")
    facts = {
        "bought": bought(offer).plain,
        "price of an hour": money.text(offer.hourly_price),
        "paid at the beginning": _amount(offer, "upfront_price"),
        "per vCPU and hour": _amount(offer, "price_per_vcpu_hour"),
        "per GiB and hour": _amount(offer, "price_per_gib_hour"),
        "per GPU and hour": _amount(offer, "price_per_gpu_hour"),
        "system": system(offer),
        "tenancy": words.TENANCIES.get(offer.tenancy, ""),
        "vCPUs": " ".join((words.plain(instance.vcpus), _unit(instance))).strip(),
        "memory": f"{words.plain(instance.memory_gib)} GiB",
        "architecture": words.ARCHITECTURES.get(instance.architecture, ""),
        "GPUs": _gpu_in_full(instance),
        "burstable": _known(instance, "burstable", lambda value: "yes" if value else "no"),
        "local disks": _known(instance, "local_disk_gib", lambda value: f"{value:,} GiB" if value else "none"),
        "network": _known(instance, "network_mbps", lambda value: f"up to {value:,} Mbit/s"),
        "noticed": flags(offer),
    }
    _facts(page, facts)
    _origin(page, offer.provenance)


def provider(offer: offer_pb2.Offer) -> str:
    """Who sells it."""
    return words.PROVIDERS.get(offer.provider, "")


def bought(offer: offer_pb2.Offer) -> Text:
    """How it is bought, with term, payment and plan."""
    payment = words.PAYMENTS.get(offer.payment_option, "")
    parts = (words.PURCHASES.get(offer.purchase_option, ""), words.term(offer.term_months), payment, offer.plan)
    return Text(" ".join(part for part in parts if part), PURCHASE_STYLES.get(offer.purchase_option, ""))


def system(offer: offer_pb2.Offer) -> str:
    """The operating system, and whose licence it is where that is the customer's own."""
    own = " (own licence)" if offer.licence == offer_pb2.LICENCE_BRING_YOUR_OWN else ""
    return words.SYSTEMS.get(offer.operating_system, "") + own


def gpus(offer: offer_pb2.Offer) -> str:
    """How many of which; empty for none."""
    gpu = offer.instance.gpu
    return f"{words.plain(gpu.count)} x {gpu.model}" if offer.instance.HasField("gpu") else ""


def flags(offer: offer_pb2.Offer) -> str:
    """What was noticed about the price."""
    return ", ".join(flag.replace("_", " ") for flag in offer.flags)


def short_name(name: str) -> str:
    """An offer as it is written on the command line."""
    return name.removeprefix("offers/")


def title(offer: offer_pb2.Offer) -> str:
    """An offer in a few words, for a line about it."""
    return f"{provider(offer)} {offer.region} {offer.instance.type} {bought(offer).plain}"


def by_name(offers: Iterable[offer_pb2.Offer]) -> dict[str, offer_pb2.Offer]:
    """The offers of an answer, by what its figures call them."""
    return {each.name: each for each in offers}


def _facts(page: Page, facts: dict[str, str]) -> None:
    width = max(map(len, facts))
    for label, value in facts.items():
        if value:
            page.write(styled((f"{label:<{width}}  ", "dim"), (value, "")))


def _origin(page: Page, provenance: offer_pb2.Provenance) -> None:
    width = len("in force since") + 2
    read = f"{words.minute(provenance.observe_time)} at {provenance.source}"
    page.write(styled((f"{'read':<{width}}", "dim"), (read, "")))
    if provenance.HasField("effective_time"):
        page.write(styled(("in force since  ", "dim"), (words.day(provenance.effective_time), "")))
    if provenance.note:
        page.write(provenance.note)


def _set(offer: offer_pb2.Offer, field: str) -> Money | None:
    return getattr(offer, field) if offer.HasField(field) else None  # type: ignore[arg-type]


def _amount(offer: offer_pb2.Offer, field: str) -> str:
    found = _set(offer, field)
    return "" if found is None else money.text(found)


def _unit(instance: offer_pb2.InstanceType) -> str:
    unit = words.CPU_UNITS.get(instance.cpu_unit, "")
    return f"({unit}s)" if unit else ""


def _gpu_in_full(instance: offer_pb2.InstanceType) -> str:
    if not instance.HasField("gpu"):
        return ""
    memory = f" with {words.plain(instance.gpu.memory_gib)} GiB each" if instance.gpu.HasField("memory_gib") else ""
    return f"{words.plain(instance.gpu.count)} x {instance.gpu.model}{memory}"


def _known(instance: offer_pb2.InstanceType, field: _Field, say: Callable[[Any], str]) -> str:
    return say(getattr(instance, field)) if instance.HasField(field) else ""
