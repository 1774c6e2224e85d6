"""The number of offers beside that of the last load."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from services.pricing.domain.invariants.reasons import Reason
from services.pricing.domain.invariants.witnesses import covered_parts, part_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.pricing.domain.invariants.witnesses import Loaded
    from services.pricing.domain.offers import Offer
    from services.pricing.domain.readings import Coverage

LEAST: Final = 0.5
"""What share of the last load a load has at least. Providers take types away by the handful and add them by the
hundred; a document that was cut short, or whose format has changed, loses most of it. No source has a figure: it is our
choice."""
MOST: Final = 3.0
"""How many times the last load a load has at most; above, rows are repeated or of products that were not there before.
Our choice, as well."""
FULL: Final = 5_000
"""From how many offers on the last load counts as a full one, which a load may exceed `MOST` times. The reference
catalogue has about a thousand for a provider at most, a provider's own list tens of thousands."""


def refusal(accepted: Sequence[Offer], previous: Loaded | None, covered: Iterable[Coverage]) -> str | None:
    """Why the load is refused; None where it is not.

    Compared is what was read: each provider, region and way of buying that occurs among the accepted offers, or that
    `covered` says was read to its end. Of what was not read, or is unchanged, nothing is expected. A load of which most
    rows are held back has too few, too.
    """
    if previous is None:
        return None
    now = Counter(map(part_of, accepted))
    before = {part: len(rows_of(previous, part)) for part in {*now, *covered_parts(covered)}}
    for provider in sorted({part[0] for part in before}):
        was = sum(rows for part, rows in before.items() if part[0] == provider)
        has = sum(rows for part, rows in now.items() if part[0] == provider)
        if has < LEAST * was or (was >= FULL and has > MOST * was):
            band = f"the band is {LEAST:g} to {MOST:g} times"
            return f"{Reason.ROW_COUNT_OUT_OF_BAND}: {has} offers of {provider} where the last load had {was}; {band}"
    return None
