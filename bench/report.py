"""What a benchmark found, as text for a person and for docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

_ADDITIONS = 3_000_000


@dataclass(frozen=True)
class Figure:
    """One measured figure and the target it was measured for."""

    name: str
    value: str
    target: str = ""


@dataclass
class Section:
    """The figures of one benchmark, and how they were measured."""

    title: str
    method: str
    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: str, target: str = "") -> None:
        """Note a figure and show it at once."""
        self.figures.append(Figure(name, value, target))
        print(f"  {name:<58} {value:>22}   {target}", flush=True)

    def markdown(self) -> str:
        """The section as Markdown."""
        rows = [f"| {figure.name} | {figure.value} | {figure.target} |" for figure in self.figures]
        return "\n".join(
            [f"### {self.title}", "", self.method, "", "| figure | measured | target |", "|---|---|---|", *rows]
        )


def merged(document: str, name: str, origin: str, sections: Sequence[Section], order: Sequence[str]) -> str:
    """The document with these sections of the benchmark `name` in the place of its earlier ones.

    A benchmark's sections follow its heading and `origin`, which says how and when they came about; the benchmarks
    stand in `order`. One that found nothing, since a tool was missing, leaves what was there.
    """
    head, *parts = document.split("\n## ")
    found = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}
    if sections:
        found[name] = "\n\n".join([origin, *(section.markdown() for section in sections)])
    return "\n\n".join([head.strip(), *(f"## {each}\n\n{found[each]}" for each in order if each in found)]) + "\n"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def speed() -> float:
    """How fast one processor is now: million additions in Python a second, of its own time, the best of three.

    Figures of two hours compare only as far as these do: virtual machines are not always equally fast.
    """
    return _ADDITIONS / min(_seconds() for _ in range(3)) / 1e6


def _seconds() -> float:
    began, total = time.process_time(), 0
    for number in range(_ADDITIONS):
        total += number
    return time.process_time() - began


def machine() -> str:
    """The machine and the versions, in one line."""
    processors = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in processors if line.startswith("model name")), "unknown")
    packages = ", ".join(f"{name} {version(name)}" for name in ("grpcio", "protobuf", "ruff", "tree-sitter"))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} x {model}, {system}, {packages}"
