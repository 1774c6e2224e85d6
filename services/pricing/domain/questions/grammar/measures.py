"""Rules for vCPUs and memory: `at least 8 vCPUs`, `16 to 32 GB`, `memory: 64 GB`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.intents import Ordering
from services.pricing.domain.questions.grammar.accelerators import take
from services.pricing.domain.questions.grammar.cursor import bound, bound_behind, number, sign, skip
from services.pricing.domain.questions.grammar.units import ACCELERATOR, UNITS, upper_end, whose
from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.vocabulary import GpuName

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar.reading import Reading
    from services.pricing.domain.questions.marks import Mark

_LOW: Final = (Sign.AT_LEAST, Sign.MORE_THAN, Sign.EXACTLY, None)
_LOWER: Final = (Sign.AT_LEAST, Sign.MORE_THAN)
_UPPER: Final = (Sign.AT_MOST, Sign.LESS_THAN)
_HIGH: Final = (Sign.AT_MOST, Sign.LESS_THAN, Sign.EXACTLY)


def measure(marks: list[Mark], at: int, reading: Reading) -> int:
    """`[bound] number [unit] [to number] unit`, of vCPUs or memory."""
    limited, start = (None, at + 1) if sign(marks, at) is Sign.BETWEEN else bound(marks, at)
    low = number(marks, start)
    if low is None:
        return at
    if limited is not None and (both := _two_bounds(marks, start, limited, reading)):
        return both
    ranged = upper_end(marks, start + 1)
    inner, unit = bound_behind(marks, start + 1) if ranged is None else (None, start + 1)
    high, unit = ranged or (None, unit)
    if sign(marks, unit) not in UNITS or (ranged and limited not in (None, Sign.AT_LEAST)):
        return at
    behind, end = bound_behind(marks, unit + 1)
    limited = limited or inner or behind
    if limited is None and high is None and reading.carried is not None and sign(marks, at - 1) is Sign.AND:
        limited = reading.carried[0] if reading.carried[1] == at - 1 else None
    end = _set(marks, unit, end, reading, low, high, limited)
    reading.carried = (limited, end) if limited is not None else None
    return end


def _two_bounds(marks: list[Mark], at: int, limited: Sign, reading: Reading) -> int | None:
    """`more than 4 but fewer than 16 vCPUs`, from the first number on: the unit is of both; the place behind it."""
    other, second = bound(marks, skip(marks, at + 1, (Sign.AND, Sign.COMMA)))
    low, high = number(marks, at), number(marks, second)
    if other is None or {limited, other} - {*_LOWER, *_UPPER} or (limited in _LOWER) is (other in _LOWER):
        return None
    if low is None or high is None or sign(marks, second + 1) not in UNITS:
        return None
    _set(marks, second + 1, second + 2, reading, low, None, limited)
    return _set(marks, second + 1, second + 2, reading, high, None, other)


def _set(
    marks: list[Mark], unit: int, end: int, reading: Reading, low: Decimal, high: Decimal | None, limited: Sign | None
) -> int:
    if sign(marks, unit) is Sign.VCPU:
        _set_millicpus(reading, low * 1000, high and high * 1000, limited)
        return end
    return _memory(marks, unit, end, reading, low, high, limited)


def _set_millicpus(reading: Reading, low: Decimal, high: Decimal | None, limited: Sign | None) -> None:
    # Whole vCPUs are what is sold: more than 8 is at least 9.
    step = 1000 if limited in (Sign.MORE_THAN, Sign.LESS_THAN) else 0
    if high is not None:
        reading.millicpus_at_least, reading.millicpus_at_most = int(low), int(high)
        return
    if limited in _LOW:
        reading.millicpus_at_least = int(low) + step
    if limited in _HIGH:
        reading.millicpus_at_most = max(int(low) - step, 0)


def _memory(
    marks: list[Mark], unit: int, end: int, reading: Reading, low: Decimal, high: Decimal | None, limited: Sign | None
) -> int:
    size = marks[unit].value
    assert isinstance(size, Decimal)
    least, most = int(low * size), None if high is None else int(high * size)
    kinds, behind = whose(marks, end)
    if Sign.TOTAL in kinds and kinds & {Sign.GPU, Sign.VRAM}:
        reading.gpu, reading.gpu_total_memory = True, least
        return behind
    if Sign.VRAM in kinds or (Sign.EACH in kinds and (Sign.GPU in kinds or (reading.gpu and not reading.types))):
        reading.gpu, reading.gpu_memory = True, least
        return behind
    if not kinds and sign(marks, end) in ACCELERATOR and _has(marks[end], least):
        return take(marks, end, reading, memory=least, limited=limited)
    ratio = skip(marks, behind + 1, (Sign.EACH, Sign.ONE))
    if most is None and sign(marks, behind) in (Sign.PER, Sign.POR) and sign(marks, ratio) is Sign.VCPU:
        reading.memory_per_vcpu = least
        return ratio + 1
    if most is not None:
        reading.memory_at_least, reading.memory_at_most = least, most
    else:
        if limited in _LOW:
            reading.memory_at_least = least
        if limited in _HIGH:
            reading.memory_at_most = least
    tail, after = bound_behind(marks, behind)
    if tail is Sign.AT_MOST and limited is None:
        reading.memory_at_least, reading.memory_at_most = None, least
    return after


def settle_ratio(reading: Reading) -> None:
    """`16 vCPUs with 4 GB per vCPU` is 64 GB. Without a number of vCPUs it is the price that is per vCPU: `cheapest
    64 GB per vCPU`."""
    if reading.memory_per_vcpu is None:
        return
    if reading.millicpus_at_least is not None:
        reading.memory_at_least = reading.memory_per_vcpu * reading.millicpus_at_least // 1000
    else:
        reading.memory_at_least, reading.ordering_per = reading.memory_per_vcpu, Ordering.PRICE_PER_VCPU


def _has(accelerator: Mark, memory: int) -> bool:
    """Whether an accelerator may have so much memory: `80 GB A100` is of the GPU, `64 GB L4` of the instance."""
    if not isinstance(accelerator.value, tuple):
        return True
    return any(memory in each.memory_mib for each in accelerator.value if isinstance(each, GpuName))


def named_measure(marks: list[Mark], at: int, reading: Reading) -> int:
    """`vCPUs: 8`, `vCPU >= 8`, `memory of at least 16`: the unit first."""
    limited, start = bound(marks, skip(marks, at + 1, (Sign.OF, Sign.STOP)))
    value = number(marks, start)
    if value is None or sign(marks, start + 1) in UNITS | {
        Sign.TIME,
        Sign.MACHINE,
        Sign.TYPE,
        Sign.GPU,
        Sign.CURRENCY,
    }:
        return at
    if limited is None and sign(marks, at + 1) is not Sign.STOP:
        return at
    _set_millicpus(reading, value * 1000, None, limited)
    return start + 1
