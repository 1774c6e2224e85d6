"""`malha price ask`: questions in plain words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from malha.cli.connection import CallFailed, connected
from malha.cli.price.answering import Form, answer_options

if TYPE_CHECKING:
    from malha.cli.price.render.page import Page
    from malha.pricing.v1 import question_service_pb2 as pb


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="QUESTION")
@click.option("--language", type=click.Choice(["en", "pt"]), help="The question's language. [default: what it tells]")
@answer_options
def ask(words: tuple[str, ...], language: str | None, form: Form, **place: Any) -> None:
    """Ask in plain words, English or Portuguese; - reads the QUESTION from standard input.

    What was understood is shown first. Where a question can mean several things, choose one.

    \b
    For example:
      malha price ask "cheapest 8 x H100 in Europe, spot"
      malha price ask "quanto custa um m7i.large 8 horas por dia em São Paulo?"
    """
    question = " ".join(words) if words != ("-",) else sys.stdin.read().strip()
    if not question:
        raise click.UsageError("there is no question")
    while question:
        answer = _answer(question, language or "", form, place)
        if form.as_json:
            form.show(answer, lambda _: None)
            return
        question = _next(form.page(), answer)


def _answer(question: str, language: str, form: Form, place: dict[str, Any]) -> pb.Answer:
    """Asks, shows what happens as it happens, and gives the answer."""
    from malha.cli.price.render import answers

    page = form.page()
    with connected(**place) as client:
        for event in client.pricing.ask_question(question, language=language):
            if event.HasField("answer"):
                answer = event.answer
                break
            if not form.as_json:
                _show(page, event)
        else:
            raise CallFailed("the mesh ended its answer before it was whole: ask again")
    if not form.as_json:
        page.write()
        answers.answer(page, answer)
        page.close()
    return answer


def _show(page: Page, event: pb.AskQuestionResponse) -> None:
    from malha.cli.price.render import answers, words

    if event.HasField("intent"):
        answers.understood(page, event.intent)
    elif event.HasField("step"):
        page.write(f"· {event.step.text}", "dim")
    elif event.HasField("partial"):
        page.write(f"· {words.count(len(event.partial.offers), 'offer')} so far", "dim")


def _next(page: Page, answer: pb.Answer) -> str:
    """The question that a person chose out of those it may have been; empty for none."""
    from malha.cli.price.render import answers

    choices = answer.intent.choices
    if not choices:
        return ""
    answers.choices(page, answer.intent)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo("ask again with one of these", err=True)
        return ""
    chosen: int = click.prompt("Which one (0 for none)", type=click.IntRange(0, len(choices)), default=1, err=True)
    return choices[chosen - 1].question if chosen else ""
