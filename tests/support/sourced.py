"""Whether every amount of money in an answer says where it comes from, found by reflection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

MONEY: Final = "google.type.Money"
_PACKAGE: Final = "malha.pricing.v1"
_FIGURE, _OFFER = f"{_PACKAGE}.Figure", f"{_PACKAGE}.Offer"
THE_CALLERS_OWN: Final = {
    # An intent says back what the question asked for: these are conditions of whoever asked, not prices.
    f"{_PACKAGE}.Constraints.max_hourly_price",
    f"{_PACKAGE}.Budget.amount",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money in an answer, and the messages that it stands in, the answer first."""

    within: tuple[Any, ...]
    path: str
    field: str


def amounts(answer: Message) -> list[Amount]:
    """All amounts of an answer that are not the caller's own."""
    return [amount for amount in _amounts((answer,), "") if amount.field not in THE_CALLERS_OWN]


def unsourced(answer: Message) -> list[str]:
    """Where amounts stand that do not say where they come from, and since when that is known."""
    known = {each.name for each in messages(answer) if each.DESCRIPTOR.full_name == _OFFER and _provenance(each)}
    return [amount.path for amount in amounts(answer) if not _sourced(amount, known)]


def messages(answer: Any) -> Iterator[Any]:
    """A message and all within it."""
    yield answer
    for _, _, inner in _inner(answer):
        yield from messages(inner)


def holds_money(kind: Descriptor, seen: frozenset[str] = frozenset()) -> bool:
    """Whether messages of a type may have amounts that are not the caller's own."""
    return any(
        field.message_type.full_name == MONEY or holds_money(field.message_type, seen | {kind.full_name})
        for field in kind.fields
        if field.message_type is not None
        and field.full_name not in THE_CALLERS_OWN
        and field.message_type.full_name not in seen | {kind.full_name}
    )


def _sourced(amount: Amount, known: set[str]) -> bool:
    holder = amount.within[-1]
    if holder.DESCRIPTOR.full_name == _FIGURE:
        return bool(holder.offers or holder.given) and set(holder.offers) <= known
    return any(_provenance(message) for message in amount.within)


def _provenance(message: Any) -> bool:
    """Whether a message says where its figures come from."""
    if "provenance" not in message.DESCRIPTOR.fields_by_name:
        return False
    provenance = message.provenance
    return bool(provenance.source) and provenance.observe_time.seconds > 0


def _amounts(within: tuple[Any, ...], path: str) -> Iterator[Amount]:
    for field, name, inner in _inner(within[-1]):
        at = f"{path}.{name}" if path else name
        if inner.DESCRIPTOR.full_name == MONEY:
            yield Amount(within, at, field)
        else:
            yield from _amounts((*within, inner), at)


def _inner(message: Any) -> Iterator[tuple[str, str, Any]]:
    """The messages in the fields of one: the field's full name, what to call it, and the message."""
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        if field.is_repeated:
            yield from ((field.full_name, f"{field.name}[{at}]", each) for at, each in enumerate(value))
        else:
            yield field.full_name, field.name, value
