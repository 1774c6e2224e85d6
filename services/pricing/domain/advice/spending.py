"""Budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.advice.amounts import MONTHS_A_YEAR
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.intents import Period

if TYPE_CHECKING:
    from services.pricing.domain.intents import Budget

_DAYS_A_YEAR: Final = 365


def budget_excess(budget: Budget, hourly: Figure, monthly: Figure) -> Figure | None:
    """How much more than the budget is spent in its period; None within it.

    An hour's budget is held against an hour in which everything runs; a day's against a 365th of a year's cost. Raises
    RequestInvalid for a budget in another currency.
    """
    if budget.amount.currency != monthly.money.currency:
        raise RequestInvalid("budget", f"prices are in {monthly.money.currency}")
    if budget.per is Period.HOUR:
        spent, formula = hourly.money, str(hourly.money)
    elif budget.per is Period.DAY:
        spent = monthly.money.times(Decimal(MONTHS_A_YEAR) / _DAYS_A_YEAR)
        formula = f"{monthly.money} x {MONTHS_A_YEAR} / {_DAYS_A_YEAR}"
    elif budget.per is Period.MONTH:
        spent, formula = monthly.money, str(monthly.money)
    else:
        spent, formula = monthly.money.times(MONTHS_A_YEAR), f"{monthly.money} x {MONTHS_A_YEAR} months"
    if spent <= budget.amount:
        return None
    given = (*monthly.given, f"a budget of {budget.amount} a {budget.per}")
    return Figure(spent - budget.amount, f"{formula} - {budget.amount}", monthly.offers, given)
