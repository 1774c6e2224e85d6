"""Scores the reading of questions: `python -m tests.unit.pricing.questions.score [--failures fresh]`."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from fractions import Fraction
from time import perf_counter

from services.pricing.domain.questions import Interpreter
from tests.unit.pricing.questions.expectations import Question, differences, is_safe, questions
from tests.unit.pricing.questions.vocabulary import VOCABULARY


def correct(interpreter: Interpreter, question: Question) -> bool:
    """Whether the whole intent is as expected."""
    return not differences(question, interpreter.interpret(question.question))


def share(interpreter: Interpreter, asked: list[Question]) -> Fraction:
    """Of how many of these questions the whole intent is as expected."""
    return Fraction(sum(correct(interpreter, each) for each in asked), len(asked))


def main() -> None:
    """Prints the shares by half and language, how much bait was met safely, and how long a question takes."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument(
        "--failures", choices=("tune", "test", "held_out", "fresh"), help="print what differs in this half"
    )
    chosen = arguments.parse_args()
    interpreter = Interpreter(VOCABULARY)
    asked = questions()
    groups: dict[str, list[Question]] = defaultdict(list)
    for each in asked:
        for group in (each.split, f"{each.split} {each.language}"):
            groups[group].append(each)
    for name, members in sorted(groups.items()):
        right = sum(correct(interpreter, each) for each in members)
        say(f"{name:10} {right:4} of {len(members):4}  {right / len(members):6.1%}")
    bait = [each for each in asked if each.adversarial]
    safe = sum(is_safe(interpreter.interpret(each.question), each) for each in bait)
    say(f"bait met safely: {safe} of {len(bait)}")
    start = perf_counter()
    for each in asked:
        interpreter.interpret(each.question)
    say(f"{(perf_counter() - start) / len(asked) * 1e6:.0f} us a question")
    for each in asked:
        if each.split == chosen.failures:
            tell(each, interpreter)


def tell(question: Question, interpreter: Interpreter) -> None:
    """Says what differs, if anything does."""
    wrong = differences(question, interpreter.interpret(question.question))
    if wrong:
        say(f"\n{question.id}: {question.question}")
    for key, (wanted, got) in sorted(wrong.items()):
        say(f"    {key}: expected {wanted!r}, found {got!r}")


def say(line: str) -> None:
    """Writes a line."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
