"""The kinds of words that the grammar knows."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import Final

PERMISSION: Final = "permission"
REMOVE: Final = "remove"
LEAVE: Final = "leave"


class Sign(StrEnum):
    """What a word or a phrase is to the grammar; its value, where it has one, is named in brackets."""

    # What is asked.
    CHEAPEST = auto()
    CHEAPER = auto()
    DEAREST = auto()
    COMPARE = auto()
    VERSUS = auto()
    BEST = auto()
    SHOULD = auto()
    """It is asked whether to do something: with a commitment, whether that pays."""
    INSTEAD = auto()
    ACROSS = auto()
    """All of a kind are set against each other."""
    WHICH_PROVIDER = auto()
    """It is asked which provider: what they charge is set against each other."""
    DIFFERENCE = auto()
    ALTERNATIVE = auto()
    """What is named is to be set against others like it."""
    PRICE = auto()
    ESTIMATE = auto()
    RECOMMEND = auto()
    NEED = auto()
    LIST = auto()
    HISTORY = auto()
    CHANGE = auto()
    PAST = auto()
    EXPLAIN = auto()
    DEFINE = auto()
    BREAK_EVEN = auto()
    ORDER_BY = auto()
    ORDER = auto()
    """(an Ordering)"""
    TOP = auto()
    RESULT = auto()
    TOPIC = auto()
    """(the name of a note)"""
    ACTION = auto()
    """Something to be done to machines, which is not ours."""
    ELSEWHERE = auto()
    """Something that is asked of others, such as a poem."""
    OTHER_PRODUCT = auto()
    """Something that clouds sell beside machines, such as storage."""

    # What it is asked about.
    TYPE = auto()
    """(a tuple of InstanceName)"""
    FAMILY = auto()
    """(a tuple of families)"""
    PARTIAL = auto()
    """Part of an instance type's name, or one that nobody sells (a tuple of InstanceName that it may be)"""
    GPU_MODEL = auto()
    """(a tuple of models)"""
    REGION = auto()
    """(a tuple of RegionName)"""
    AREA = auto()
    """(an AreaName)"""
    PROVIDER = auto()
    """(a Provider)"""
    OTHER_PROVIDER = auto()
    ANY_PROVIDER = auto()
    NOWHERE = auto()
    """A name in the form of a region's code that is none."""
    MACHINE = auto()
    WORK = auto()

    # How it is to be.
    PURCHASE = auto()
    """(a Purchase)"""
    COMMITMENT = auto()
    PAYMENT = auto()
    """(a Payment)"""
    SYSTEM = auto()
    """(an OperatingSystem)"""
    ARCHITECTURE = auto()
    """(an Architecture)"""
    GRAVITON = auto()
    TENANCY = auto()
    """(a Tenancy)"""
    BURSTABLE = auto()
    INTERRUPTION = auto()
    TOLERANT = auto()
    INTOLERANT = auto()
    FINE = auto()
    """Something can be or may be (PERMISSION where it says that it may, and nothing else)"""

    # Amounts.
    NUMBER = auto()
    """(a Decimal)"""
    HALF = auto()
    DOZEN = auto()
    """(how many)"""
    ONE = auto()
    """An article: it counts only where a number must stand."""
    VCPU = auto()
    MEMORY_UNIT = auto()
    """(MiB in one)"""
    MEMORY = auto()
    GPU = auto()
    EACH = auto()
    TOTAL = auto()
    VRAM = auto()
    TIME = auto()
    """(a Span)"""
    RATE = auto()
    """Such as `monthly` (a Span)"""
    ALWAYS = auto()
    WORKDAYS = auto()
    HOURS_PATTERN = auto()
    """Which part of a week (hours of a day, `x`, days of the week: `8x5`); business hours are taken as that."""
    CURRENCY = auto()
    """(an ISO 4217 code)"""
    CENTS = auto()
    """(an ISO 4217 code)"""
    OUT = auto()
    """What stands before it is left out."""
    BUDGET = auto()

    # Small words.
    AT_LEAST = auto()
    MORE_THAN = auto()
    AT_MOST = auto()
    LESS_THAN = auto()
    EXACTLY = auto()
    BETWEEN = auto()
    NOT = auto()
    """(REMOVE for verbs of doing away with something, LEAVE for those of going elsewhere: both may be denied)"""
    MINUS = auto()
    """`menos`: it excludes when something to exclude follows."""
    AND = auto()
    OR = auto()
    TO = auto()
    OF = auto()
    IN = auto()
    FOR = auto()
    WITH = auto()
    PER = auto()
    POR = auto()
    """`por`: per, for or by."""
    THE = auto()
    TIMES = auto()
    DASH = auto()
    PLUS = auto()
    STOP = auto()
    """What ends a clause."""
    COMMA = auto()
    FILLER = auto()
    """A word that is known and says nothing of the intent."""
    UNKNOWN = auto()
