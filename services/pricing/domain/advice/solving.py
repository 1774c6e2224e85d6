"""The solver of the whole-number problems behind advice: HiGHS, through `scipy.optimize.milp`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

NODE_LIMIT: Final = 20_000
_SUCCESS: Final = 0
_INFEASIBLE: Final = 2

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """minimise costs @ x, where low <= rows @ x <= high and 0 <= x <= most."""

    costs: Floats
    whole: npt.NDArray[Any]
    """1 for each unknown that must be a whole number, 0 for the others."""
    most: Floats
    rows: Floats
    low: Floats | float
    high: Floats | float


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """What was found in time."""

    values: Floats | None
    """One for each unknown; None where none was found."""
    proved: bool
    """Whether nothing is cheaper; without values, whether there is no solution at all."""


def load() -> None:
    """Imports the solver, which takes longer than most problems do: before a deadline begins, so that whether an answer
    is the best does not depend on who asked first."""
    import scipy.optimize  # noqa: F401


def solve(program: Program, seconds: float) -> Solution:
    """The best solution found in so many seconds and NODE_LIMIT nodes."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    result = milp(
        program.costs,
        integrality=program.whole,
        bounds=Bounds(0, program.most),
        constraints=LinearConstraint(program.rows, program.low, program.high),
        options={"time_limit": seconds, "node_limit": NODE_LIMIT, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        return Solution(None, result.status == _INFEASIBLE)
    return Solution(result.x, result.status == _SUCCESS)
