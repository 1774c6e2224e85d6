"""The answer to a question: its sentences, its figures, and what explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha import money
from malha.cli.price.render import commitments, comparisons, offers, recommendations, series, words
from malha.cli.price.render.styled import styled
from malha.pricing.v1 import intent_pb2

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import question_service_pb2 as pb


def understood(page: Page, intent: intent_pb2.Intent) -> None:
    """What was read out of the question."""
    if intent.understood and intent.behaviour != intent_pb2.BEHAVIOUR_REFUSE:
        page.write(styled(("understood: ", "dim"), (intent.understood, "italic")))
    for part in intent.ignored:
        page.write(styled(("not obeyed: ", "yellow"), (part.replace("\n", " "), "")))


def answer(page: Page, found: pb.Answer) -> None:
    """The sentences and the figures."""
    refused = found.intent.behaviour == intent_pb2.BEHAVIOUR_REFUSE
    page.write(found.text, "yellow" if refused else "bold")
    if found.HasField("total"):
        total = money.text(found.total.amount, 2)
        page.write(styled((f"{total} in all  ", "bold green"), (found.total.formula, "dim")))
    result = found.WhichOneof("result")
    if result:
        page.write()
    if result == "offers":
        offers.table(page, found.offers.offers)
        more = found.offers.total_size - len(found.offers.offers)
        if more > 0:
            page.write(f"and {words.count(more, 'more offer')}", "dim")
        page.notice(found.offers.catalogue)
    elif result == "estimate":
        comparisons.estimate(page, found.estimate)
    elif result == "comparison":
        comparisons.comparison(page, found.comparison)
    elif result == "recommendation":
        recommendations.recommendation(page, found.recommendation)
    elif result == "commitment":
        commitments.commitment(page, found.commitment)
    elif result == "series":
        series.history(page, found.series)
    _passages(page, found)
    if found.HasField("catalogue"):
        page.notice(found.catalogue)


def choices(page: Page, intent: intent_pb2.Intent) -> None:
    """What the question may mean, numbered."""
    for number, choice in enumerate(intent.choices, 1):
        page.write(styled((f"{number:>3}  ", "cyan"), (choice.text, "")))


def _passages(page: Page, found: pb.Answer) -> None:
    """What explains it, without what the sentences have said already, with the sources that its numbers mean."""
    for passage in found.passages:
        page.heading(passage.title)
        paragraphs = [part for part in passage.text.split("\n\n") if part.strip() and part not in found.text]
        page.write("\n\n".join(paragraphs) or "as above")
        for number, source in enumerate(passage.sources, 1):
            page.write(f"[{number}] {source.url}, read {words.day(source.observe_time)}", "dim")
