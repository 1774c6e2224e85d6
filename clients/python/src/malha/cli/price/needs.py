"""The options that say what an offer must be like, as a filter and as the contract's constraints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from malha.cli.connection import CallFailed
from malha.cli.listing import quoted
from malha.cli.price.values import Limits, amount, limits, term

if TYPE_CHECKING:
    from malha.client import Client
    from malha.pricing.v1 import intent_pb2

_Function = TypeVar("_Function", bound=Callable[..., Any])

PROVIDERS: Final = ("aws", "azure", "gcp")
PURCHASES: Final = (
    "on-demand", "spot", "reserved", "savings-plan", "committed-use", "sustained-use", "low-priority", "capacity-block",
)  # fmt: skip
SYSTEMS: Final = ("linux", "windows", "rhel", "suse", "ubuntu-pro")
ARCHITECTURES: Final = ("x86-64", "arm64")
_OPEN: Final = Limits(None, None)
PAYMENTS: Final = ("no-upfront", "partial-upfront", "all-upfront")


def _many(name: str, field: str, choices: Sequence[str] = (), *, text: str, word: str = "") -> Any:
    kind = click.Choice(choices, case_sensitive=False) if choices else None
    return click.option(name, field, multiple=True, type=kind, metavar=word or None, help=text)


_OPTIONS: Final = (
    _many("--provider", "providers", PROVIDERS, text="Who sells it; repeatable, as most of these."),
    _many("--region", "regions", text="The provider's code of the region, such as us-east-1.", word="CODE"),
    _many("--area", "areas", text="A country or a part of the world: brazil, europe, ...", word="AREA"),
    _many("--type", "types", text="As the provider spells it, such as m7i.large.", word="TYPE"),
    _many("--family", "families", text="Such as m7i.", word="FAMILY"),
    _many("--gpu", "gpus", text="The GPU model, in any case; * stands for anything.", word="MODEL"),
    click.option("--gpus", "gpu_count", type=limits, metavar="N", help="How many GPUs, in the same way as --vcpus."),
    click.option("--gpu-memory", type=limits, metavar="GIB", help="The least memory of each GPU."),
    click.option("--no-gpu", is_flag=True, help="Only types without GPUs."),
    click.option("--vcpus", type=limits, metavar="N", help="vCPUs: 4 is at least, =4 exactly, 4-8 from to."),
    click.option("--memory", type=limits, metavar="GIB", help="Memory in GiB, in the same way."),
    _many("--purchase", "purchases", PURCHASES, text="How it is bought."),
    _many("--os", "systems", SYSTEMS, text="The operating system that the price includes."),
    _many("--arch", "architectures", ARCHITECTURES, text="The instruction set."),
    click.option("--term", type=term, metavar="1y|3y", help="For how long a commitment binds."),
    click.option("--payment", type=click.Choice(PAYMENTS), help="How a commitment is paid."),
    click.option("--max-price", type=amount, metavar="USD", help="The most for an hour."),
    click.option("--burstable/--no-burstable", default=None, help="Whether its speed may depend on credits."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """What an offer must be like; of several values any will do, and what is empty or None leaves it open."""

    providers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    gpu_count: Limits | None = None
    gpu_memory: Limits | None = None
    no_gpu: bool = False
    vcpus: Limits | None = None
    memory: Limits | None = None
    purchases: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    term: int | None = None
    payment: str | None = None
    max_price: Decimal | None = None
    burstable: bool | None = None

    @property
    def empty(self) -> bool:
        """Whether everything is open."""
        return self == Need()


def need_options(function: _Function) -> _Function:
    """Adds the options, and gives the verb what they say as `need`."""

    @wraps(function)
    def gathered(*args: Any, **given: Any) -> Any:
        need = Need(**{field.name: given.pop(field.name) for field in fields(Need)})
        if need.no_gpu and (need.gpus or need.gpu_count or need.gpu_memory):
            raise click.UsageError("--no-gpu goes with no other option about GPUs")
        return function(*args, need=need, **given)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]


def expression(need: Need, models: Sequence[str]) -> str:
    """The need as an AIP-160 filter; `models` are its GPU models as the catalogue spells them (see `gpu_models`)."""
    texts = {
        "region": need.regions, "instance_type": need.types, "family": need.families, "gpu_model": models,
    }  # fmt: skip
    names = {
        "provider": need.providers, "purchase_option": need.purchases, "operating_system": need.systems,
        "architecture": need.architectures, "payment_option": (need.payment,) if need.payment else (),
    }  # fmt: skip
    terms = [_any(f"{field} = {quoted(value)}" for value in values) for field, values in texts.items() if values]
    terms += [_any(f"{field} = {_constant(value)}" for value in values) for field, values in names.items() if values]
    terms += [_any(f"area:{quoted(area.lower())}" for area in need.areas)] if need.areas else []
    ranges = {
        "gpu_count": need.gpu_count, "gpu_memory_gib": need.gpu_memory, "vcpus": need.vcpus, "memory_gib": need.memory,
    }  # fmt: skip
    for field, limit in ranges.items():
        terms += _within(field, limit) if limit else []
    terms += ["gpu_count = 0"] if need.no_gpu else []
    terms += [f"term_months = {need.term}"] if need.term is not None else []
    terms += [f"hourly_price <= {need.max_price:f}"] if need.max_price is not None else []
    terms += [f"burstable = {str(need.burstable).lower()}"] if need.burstable is not None else []
    return " AND ".join(terms)


def constraints(need: Need, models: Sequence[str], instance_type: str = "") -> intent_pb2.Constraints:
    """The need as the contract's constraints, of one more instance type where that is given.

    Raises:
        click.UsageError: it asks for what constraints cannot say.
    """
    from malha import money
    from malha.pricing.v1 import intent_pb2, offer_pb2

    if need.gpu_memory and need.gpu_memory.most is not None:
        raise click.UsageError("--gpu-memory says the least here: there is no highest")
    made = intent_pb2.Constraints(
        providers=[offer_pb2.Provider.Value(f"PROVIDER_{_constant(each)}") for each in need.providers],
        instance_types=[instance_type] if instance_type else need.types,
        families=need.families,
        regions=need.regions,
        areas=[area.lower() for area in need.areas],
        purchase_options=[
            offer_pb2.PurchaseOption.Value(f"PURCHASE_OPTION_{_constant(each)}") for each in need.purchases
        ],
        operating_systems=[
            offer_pb2.OperatingSystem.Value(f"OPERATING_SYSTEM_{_constant(each)}") for each in need.systems
        ],
        architectures=[offer_pb2.Architecture.Value(f"ARCHITECTURE_{_constant(each)}") for each in need.architectures],
        gpu=_gpu_constraints(need, models),
        without_gpu=need.no_gpu,
        term_months=need.term,
        max_hourly_price=None if need.max_price is None else money.of(need.max_price),
        burstable=need.burstable,
    )
    if need.payment:
        made.payment_option = offer_pb2.PaymentOption.Value(f"PAYMENT_OPTION_{_constant(need.payment)}")
    vcpus, memory = need.vcpus or _OPEN, need.memory or _OPEN
    ends = {
        "min_vcpus": vcpus.least, "max_vcpus": vcpus.most,
        "min_memory_gib": memory.least, "max_memory_gib": memory.most,
    }  # fmt: skip
    for field, end in ends.items():
        if end is not None:
            setattr(made, field, float(end))
    return made


def gpu_models(client: Client, need: Need) -> list[str]:
    """The GPU models that are meant, as the catalogue spells them.

    Raises:
        malha.cli.connection.CallFailed: the catalogue has none of that name.
    """
    from fnmatch import fnmatchcase

    if not need.gpus:
        return []
    listed = client.pricing.list_providers().providers
    known = sorted({model for provider in listed for model in provider.gpu_models})
    found: list[str] = []
    for wish in need.gpus:
        matching = [model for model in known if fnmatchcase(model.lower(), wish.lower())]
        if not matching:
            raise CallFailed(f"the catalogue has no GPU {wish!r}: it has {', '.join(known) or 'none at all'}")
        found += [model for model in matching if model not in found]
    return found


def _gpu_constraints(need: Need, models: Sequence[str]) -> intent_pb2.GpuConstraints | None:
    from malha.pricing.v1 import intent_pb2

    if not (models or need.gpu_count or need.gpu_memory):
        return None
    made = intent_pb2.GpuConstraints(models=models)
    if need.gpu_memory and need.gpu_memory.least is not None:
        made.min_memory_gib = float(need.gpu_memory.least)
    if count := need.gpu_count:
        if count.exact and count.least is not None:
            made.count = float(count.least)
        else:
            for field, end in (("min_count", count.least), ("max_count", count.most)):
                if end is not None:
                    setattr(made, field, float(end))
    return made


def _within(field: str, within: Limits) -> list[str]:
    if within.exact:
        return [f"{field} = {within.least:f}"]
    ends = ((">=", within.least), ("<=", within.most))
    return [f"{field} {sign} {end:f}" for sign, end in ends if end is not None]


def _any(terms: Any) -> str:
    parts = list(terms)
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def _constant(word: str) -> str:
    return word.upper().replace("-", "_")
