"""What language models cost: prices of tokens, when they hold, and the exact cost of a use of tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from fractions import Fraction

from services.pricing.domain.money import USD, Money
from services.runtime.exceptions import DomainError

_MILLION = 1_000_000
_THOUSAND = 1_000


class TokenKind(StrEnum):
    """What a token is charged as."""

    INPUT = "input"
    """Read by the model, neither from a cache nor into one."""
    OUTPUT = "output"
    CACHED_INPUT = "cached_input"
    """Read from the provider's cache."""
    CACHE_WRITE = "cache_write"
    """Read by the model and kept in the cache for the provider's usual time."""
    CACHE_WRITE_HOUR = "cache_write_hour"
    """... and kept for an hour."""


class TokenPriceUnknown(DomainError):
    """A use has tokens of kinds that the model has no known price for: no cost is told rather than one too low."""

    def __init__(self, model: str, kinds: tuple[str, ...]) -> None:
        super().__init__(f"{model} has no known price for {', '.join(kinds)}")
        self.model = model
        self.kinds = kinds


@dataclass(frozen=True, slots=True)
class Tier:
    """Another price for requests with much input."""

    above: int
    """It is that of all tokens of a request, not only of those beyond, whose input has more tokens than this."""
    price: Money
    """Of a million tokens."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a million tokens."""

    base: Money
    tiers: tuple[Tier, ...] = ()
    """By ascending `above`."""

    def of(self, input_tokens: int) -> Money:
        """The price that holds for a request with so many tokens of input, cached ones included."""
        held = [tier.price for tier in self.tiers if input_tokens > tier.above]
        return held[-1] if held else self.base


@dataclass(frozen=True, slots=True)
class Rates:
    """What a model's tokens cost; None is unknown, never free."""

    input: Rate | None = None
    output: Rate | None = None
    cached_input: Rate | None = None
    cache_write: Rate | None = None
    cache_write_hour: Rate | None = None
    thousand_requests: Money | None = None
    """Charged for a thousand requests beside their tokens."""
    further_units: tuple[str, ...] = ()
    """What the model is charged by besides, as its source calls it (`web_searches`, `audio_hours`); a cost of tokens
    does not hold it."""

    def by_kind(self) -> dict[TokenKind, Rate]:
        """The known ones."""
        rates = {kind: getattr(self, kind.value) for kind in TokenKind}
        return {kind: rate for kind, rate in rates.items() if rate is not None}

    def over(self, standard: Rates) -> Rates:
        """These, and where they are unknown the standard ones."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        units = tuple(sorted({*standard.further_units, *self.further_units}))
        return replace(standard, **{name: value for name, value in known.items() if value} | {"further_units": units})


@dataclass(frozen=True, slots=True)
class Daily:
    """Hours of every day, in UTC: from `start` to before `end`, past midnight where `end` is the earlier."""

    start: time
    end: time

    def holds(self, moment: datetime) -> bool:
        """Whether the moment is in these hours."""
        clock = moment.astimezone(UTC).time()
        if self.end < self.start:
            return clock >= self.start or clock < self.end
        return self.start <= clock < self.end


@dataclass(frozen=True, slots=True)
class Period:
    """Rates and when they hold: always, unless a day or hours are told."""

    rates: Rates
    since: date | None = None
    """From this day on, in UTC."""
    daily: Daily | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether these rates hold at the moment."""
        begun = self.since is None or moment.astimezone(UTC).date() >= self.since
        return begun and (self.daily is None or self.daily.holds(moment))


@dataclass(frozen=True, slots=True)
class Option:
    """Other rates for requests that ask for them, such as `processing=batch`."""

    condition: tuple[tuple[str, str], ...]
    """Names and values that a request must have, all of them."""
    period: Period
    """Its rates stand in for the standard ones; those it does not name stay."""


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where a model's prices were read, and when."""

    locator: str
    """The collection of prices and its version."""
    pages: tuple[str, ...]
    """The provider's own pages on which the collection rests."""
    observed_at: datetime
    """When the collection was published: its figures are not newer, and may be older."""


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """What a model costs at one moment."""

    provider: str
    provider_name: str
    model: str
    model_name: str
    option: tuple[tuple[str, str], ...]
    """The condition on which these rates hold; empty for the standard ones."""
    rates: Rates
    context_window: int | None
    """In tokens; None is unknown."""
    deprecated: bool
    effective_from: date | None
    """Since when the rates hold, where the source says so."""
    effective_until: date | None
    """The first day, in UTC, with other rates that are known by now."""
    daily: Daily | None
    """The hours of the day at which they hold; None for all."""
    source: TokenSource


@dataclass(frozen=True, slots=True)
class TokenModel:
    """A model of one provider with its prices through time."""

    provider: str
    """Who sells it: `openai`, `anthropic`, `aws`."""
    provider_name: str
    id: str
    name: str
    """Empty where the source has none."""
    context_window: int | None
    deprecated: bool
    periods: tuple[Period, ...]
    """Of those that hold at a moment the last counts; the first, where none does."""
    options: tuple[Option, ...]
    """Of those that hold the first counts, for each rate by itself."""
    source: TokenSource

    def at(self, moment: datetime, option: tuple[tuple[str, str], ...] = ()) -> TokenPrice:
        """The price at the moment; that of the option, where there is one that holds, else the standard price."""
        place = max((n for n, period in enumerate(self.periods) if period.holds(moment)), default=0)
        standard = self.periods[place]
        chosen = [other for other in self.options if set(other.condition) <= set(option) and other.period.holds(moment)]
        rates = standard.rates
        for other in reversed(chosen):
            rates = other.period.rates.over(rates)
        return TokenPrice(
            provider=self.provider,
            provider_name=self.provider_name,
            model=self.id,
            model_name=self.name,
            option=tuple(pair for pair in option if any(pair in other.condition for other in chosen)),
            rates=rates,
            context_window=self.context_window,
            deprecated=self.deprecated,
            effective_from=max((d for d in (standard.since, *(o.period.since for o in chosen)) if d), default=None),
            effective_until=self._next_change(place, moment),
            daily=standard.daily,
            source=self.source,
        )

    def all_at(self, moment: datetime) -> Iterator[TokenPrice]:
        """The standard price and that of each option that holds, each condition once."""
        yield self.at(moment)
        for condition in dict.fromkeys(option.condition for option in self.options):
            price = self.at(moment, condition)
            if price.option:
                yield price

    def _next_change(self, place: int, moment: datetime) -> date | None:
        """The first day after the moment's from which a period counts that takes the place of this one."""
        today = moment.astimezone(UTC).date()
        later = [period.since for period in self.periods[place + 1 :] if period.since is not None]
        return min((day for day in later if day > today), default=None)


@dataclass(frozen=True, slots=True)
class TokenUse:
    """The tokens of one request, each counted once."""

    input: int = 0
    output: int = 0
    cached_input: int = 0
    cache_write: int = 0
    cache_write_hour: int = 0

    def __post_init__(self) -> None:
        """Refuses negative counts."""
        if any(getattr(self, kind.value) < 0 for kind in TokenKind):
            raise ValueError("a count of tokens is not negative")

    @property
    def all_input(self) -> int:
        """What decides about tiers."""
        return self.input + self.cached_input + self.cache_write + self.cache_write_hour


def cost(price: TokenPrice, use: TokenUse, requests: int = 1) -> Money:
    """What so many requests cost, each with this use of tokens: exact, rounded once, half to even, to a billionth.

    Raises:
        TokenPriceUnknown: a kind of token that is used has no known price.
    """
    rates = price.rates.by_kind()
    used = {kind: count for kind in TokenKind if (count := getattr(use, kind.value))}
    unknown = tuple(kind.value for kind in used if kind not in rates)
    if unknown:
        raise TokenPriceUnknown(f"{price.provider}/{price.model}", unknown)
    tokens = sum(count * rates[kind].of(use.all_input).nanos for kind, count in used.items())
    fee = price.rates.thousand_requests.nanos if price.rates.thousand_requests else 0
    return Money(round(requests * (Fraction(tokens, _MILLION) + Fraction(fee, _THOUSAND))), USD)
