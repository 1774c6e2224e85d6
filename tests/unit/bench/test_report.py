"""The document of the benchmarks keeps what was not measured anew."""

from __future__ import annotations

from bench.report import Section, merged

ORDER = ["edge", "limits", "audit"]


def section(title: str, value: str) -> Section:
    made = Section(title, "How.")
    made.add("speed", value, "fast")
    return made


def test_a_benchmark_replaces_its_own_sections_and_nothing_else() -> None:
    document = merged("# Benchmarks\n\nAll.\n", "audit", "then", [section("The chain", "1")], ORDER)
    document = merged(document, "edge", "then", [section("Bare", "2"), section("Whole", "3")], ORDER)
    again = merged(document, "edge", "now", [section("Bare", "4")], ORDER)
    assert again == (
        "# Benchmarks\n\nAll.\n\n## edge\n\nnow\n\n### Bare\n\nHow.\n\n| figure | measured | target |\n|---|---|---|\n"
        "| speed | 4 | fast |\n\n## audit\n\nthen\n\n### The chain\n\nHow.\n\n| figure | measured | target |\n"
        "|---|---|---|\n| speed | 1 | fast |\n"
    )
    assert merged(again, "edge", "later", [], ORDER) == again
