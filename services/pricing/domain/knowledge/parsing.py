"""Reads a note from its Markdown, and refuses one that lacks a language, or a source for one of its figures."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from services.pricing.domain.knowledge.note import ALL_PROVIDERS, Language, Note, NoteSource, NoteText
from services.pricing.domain.offers import Provider

MAX_BODY: Final = 2_000
"""Characters of a note in one language: it is shown as a whole."""

_SHAPE = re.compile(r"---\n(?P<header>.*?)\n---\n(?P<body>.*)", re.DOTALL)
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SOURCE = re.compile(r"- (?P<locator>(https://|malha:)\S+) read (?P<day>\d{4}-\d{2}-\d{2})")
_MARK = re.compile(r"\[(\d+)\]")
_CODE = re.compile(r"`[^`]*`")
# A figure stands alone, perhaps with a percent sign: `2`, `30%`, `0.09`, `2025-09-30`; `H100` and `N+1` are names.
_FIGURE = re.compile(r"(?<![\w.+-])\d[\d.,/-]*%?(?![\w-])")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_FIELDS: Final = frozenset({"id", "provider"} | {f"{name}.{of}" for name in ("title", "topics") for of in Language})


class NoteInvalid(ValueError):
    """A note that must not be installed, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


def parse_note(name: str, text: str) -> Note:
    """The note in a file called `name`.md.

    Raises:
        NoteInvalid: it has another shape, lacks a language, cites a source it does not list, lists one it does not
            cite, or tells a figure without a source in the same sentence.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise NoteInvalid(name, "no header between two lines of three hyphens")
    head, _, listed = shape["header"].partition("\nsources:\n")
    fields = _fields(name, head)
    sources = _sources(name, listed)
    provider = fields["provider"]
    if fields["id"] != name or not _ID.fullmatch(name):
        raise NoteInvalid(name, "its id is not the name of its file")
    if provider != ALL_PROVIDERS and provider not in set(Provider):
        raise NoteInvalid(name, f"unknown provider {provider}")
    bodies = _bodies(name, shape["body"])
    for language, body in bodies.items():
        _check_citations(f"{name}, {language}", body, len(sources))
    texts = {of: NoteText(fields[f"title.{of}"], fields[f"topics.{of}"], body) for of, body in bodies.items()}
    return Note(name, provider, sources, texts)


def _fields(name: str, head: str) -> dict[str, str]:
    pairs = [line.partition(": ") for line in head.splitlines()]
    fields = {key: value.strip() for key, _, value in pairs}
    if fields.keys() != _FIELDS or len(pairs) != len(fields) or not all(fields.values()):
        raise NoteInvalid(name, f"its header has not exactly {', '.join(sorted(_FIELDS))} and then sources")
    return fields


def _sources(name: str, listed: str) -> tuple[NoteSource, ...]:
    found = [_SOURCE.fullmatch(line) for line in listed.splitlines()]
    sources = tuple(NoteSource(one["locator"], date.fromisoformat(one["day"])) for one in found if one is not None)
    if not sources or len(sources) != len(found):
        raise NoteInvalid(name, "each source is a line `- https://... read YYYY-MM-DD`, and there is at least one")
    return sources


def _bodies(name: str, text: str) -> dict[Language, str]:
    parts = re.split(r"^## (\w+)\n", text, flags=re.MULTILINE)
    bodies = {of: _unfolded(body) for of, body in zip(parts[1::2], parts[2::2], strict=True)}
    if parts[0].strip() or set(bodies) != set(Language):
        raise NoteInvalid(name, f"it has not exactly the sections {', '.join(Language)}")
    for of, body in bodies.items():
        if not 0 < len(body) <= MAX_BODY:
            raise NoteInvalid(name, f"its text in {of} has {len(body)} characters, and at most {MAX_BODY} are allowed")
    return {Language(of): body for of, body in bodies.items()}


def _unfolded(text: str) -> str:
    """The paragraphs, each on one line."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.strip()))


def _check_citations(where: str, body: str, sources: int) -> None:
    cited = {int(mark) for mark in _MARK.findall(body)}
    if cited != set(range(1, sources + 1)):
        raise NoteInvalid(where, f"it cites {sorted(cited)} of {sources} sources, and should cite each")
    for sentence in _SENTENCE_END.split(body):
        figures = _FIGURE.findall(_CODE.sub("", _MARK.sub("", sentence)))
        if figures and not _MARK.search(sentence):
            raise NoteInvalid(where, f"no source for {', '.join(figures)} in: {sentence}")
