"""`malha analyze`: sends files to the mesh and shows what it finds."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeAlias, cast

import click

from malha.cli.connection import EXIT_FOUND, CallFailed, connected, connection_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from malha.analysis.v1 import source_pb2
    from malha.cli.discovery import Tree
    from malha.cli.outcomes import Outcome, Totals
    from malha.trace_context import TraceContext

_SEVERITIES: Final = ("info", "warning", "error", "critical")
_CATEGORIES: Final = ("performance", "correctness", "security", "complexity", "modernisation", "style")
_VERSIONS: Final = tuple(f"3.{minor}" for minor in range(8, 15))

# Output waits until the run is over: the progress bar has the terminal until then, and a run that fails half way
# writes nothing that looks whole. Beyond this size it waits on disk.
_SPOOL_BYTES: Final = 8 * 1024 * 1024

_Place: TypeAlias = "tuple[str | None, str | None, bool, float | None, TraceContext | None]"


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one call of the verb asks for, beside where the mesh is."""

    paths: tuple[str, ...]
    stdin_filename: str
    exclude: tuple[str, ...]
    default_excludes: bool
    options: source_pb2.AnalysisOptions


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "form", type=click.Choice(["table", "json", "sarif"]), default="table", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True), help="Write there, not to stdout.")
@click.option(
    "--fail-on",
    type=click.Choice([*_SEVERITIES, "never"]),
    default="error",
    show_default=True,
    help="Exit with 1 when there is a finding at least that bad.",
)
@click.option("--min-severity", type=click.Choice(_SEVERITIES), help="Only findings at least that bad.")
@click.option("--category", "categories", type=click.Choice(_CATEGORIES), multiple=True, help="Only these. Repeatable.")
@click.option("--select", multiple=True, metavar="PREFIX", help="Only rules whose id starts so. Repeatable.")
@click.option("--ignore", multiple=True, metavar="PREFIX", help="Not rules whose id starts so. Repeatable.")
@click.option(
    "--target-version",
    type=click.Choice(_VERSIONS),
    metavar="3.X",
    help="The oldest Python to support. [default: requires-python of the nearest pyproject.toml]",
)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out files and folders like this. Repeatable.")
@click.option("--no-default-excludes", is_flag=True, help="Enter hidden folders, environments and node_modules too.")
@click.option("--stdin-filename", default="stdin.py", show_default=True, metavar="NAME", help="What to call `-`.")
@click.option("--color/--no-color", "colour", default=None, help="Colours. [default: when stdout is a terminal]")
@click.option("--trace", "wants_trace", is_flag=True, help="Keep the trace of all calls, and tell its id on stderr.")
@connection_options
@click.pass_context
def analyze(
    ctx: click.Context,
    /,
    *,
    paths: tuple[str, ...],
    form: str,
    output: str | None,
    fail_on: str,
    colour: bool | None,
    wants_trace: bool,
    address: str | None,
    ca_file: str | None,
    plaintext: bool,
    timeout: float | None,
    **given: Any,
) -> None:
    """Find what makes Python code slow, unsafe or hard to change.

    PATH is a folder, a file, or - for standard input. Exit code 0: nothing at or above --fail-on; 1: findings at or
    above it, or files that could not be analysed; 2: wrong usage, or no answer from the mesh.
    """
    from malha.cli.outcomes import Totals
    from malha.cli.render import writer

    wish = _wish(paths, given)
    _require_writable(output)
    totals = Totals()
    with tempfile.SpooledTemporaryFile(
        _SPOOL_BYTES, mode="w+", encoding="utf-8", errors="surrogateescape", newline=""
    ) as spool:
        stream = cast("TextIO", spool)
        shown = writer(form, stream, colour=form == "table" and output is None and _colour(colour))

        def emit(outcome: Outcome) -> None:
            totals.add(outcome.result)
            shown.outcome(outcome)

        with _trace(wants_trace) as trace:
            report = _run(wish, emit, totals, (address, ca_file, plaintext, timeout, trace))
        shown.finish(totals.summary(), report)
        _deliver(stream, output)
    ctx.exit(_exit_code(totals, fail_on))


@contextmanager
def _trace(wanted: bool) -> Iterator[TraceContext | None]:
    """A trace for the body, told when it is over: a run that fails is what one wants to look into most."""
    if not wanted:
        yield None
        return
    from malha.trace_context import TraceContext

    trace = TraceContext.fresh()
    try:
        yield trace
    finally:
        click.echo(f"trace {trace.trace_id}: `malha trace {trace.trace_id[:8]}` shows it", err=True)


def _wish(paths: tuple[str, ...], given: dict[str, Any]) -> _Wish:
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("standard input (-) is analysed by itself: name no other path beside it")
    missing = [path for path in paths if path != "-" and not Path(path).exists()]
    if missing:
        raise click.UsageError(f"there is no file or folder {missing[0]!r}")
    return _Wish(
        paths,
        given["stdin_filename"],
        given["exclude"],
        not given["no_default_excludes"],
        _options(paths, given),
    )


def _options(paths: tuple[str, ...], given: dict[str, Any]) -> source_pb2.AnalysisOptions:
    from malha.analysis.v1 import rule_pb2, source_pb2
    from malha.cli.target_version import target_version

    first = Path.cwd() if paths[0] == "-" else Path(paths[0])
    severity = (given["min_severity"] or "unspecified").upper()
    return source_pb2.AnalysisOptions(
        target_version=given["target_version"] or target_version(first if first.is_dir() else first.parent),
        categories=[rule_pb2.Category.Value(f"CATEGORY_{each.upper()}") for each in dict.fromkeys(given["categories"])],
        select=given["select"],
        ignore=given["ignore"],
        minimum_severity=rule_pb2.Severity.Value(f"SEVERITY_{severity}"),
    )


def _run(wish: _Wish, emit: Any, totals: Totals, place: _Place) -> str:
    """Analyses what is wished and gives the name of the project's report, empty when there is none."""
    from malha.cli.discovery import discover, read
    from malha.cli.outcomes import Failure, Outcome
    from malha.cli.run import analyse_one

    if wish.paths == ("-",):
        content: bytes | Failure = _standard_input()
        sent = shown = wish.stdin_filename
    else:
        tree = discover([Path(each) for each in wish.paths], wish.exclude, default_excludes=wish.default_excludes)
        if len(wish.paths) > 1 or Path(wish.paths[0]).is_dir():
            return _run_project(wish, tree, emit, totals, place)
        only = tree.files[0]
        content, sent, shown = only.failure or read(only), only.sent, only.shown
    if isinstance(content, Failure):
        emit(Outcome(shown, content))
        return ""
    with connected(*place) as client:
        emit(analyse_one(client, sent, shown, content, wish.options))
    return ""


def _run_project(wish: _Wish, tree: Tree, emit: Any, totals: Totals, place: _Place) -> str:
    from malha.cli.limits import costs_told
    from malha.cli.progress import progress_bar
    from malha.cli.run import ProjectRun

    if not tree.files:
        click.echo(f"no Python files in {', '.join(wish.paths)}", err=True)
        return ""
    with connected(*place) as client, costs_told():
        run = ProjectRun(client, tree.files, wish.options, _label(tree.root), emit)
        with progress_bar(len(tree.files), lambda: (run.finished, totals.findings)) as update:
            run.run(update)
    return run.report


def _label(root: Path) -> str:
    from malha.cli.discovery import sendable

    return sendable(root.name) or "project"


def _standard_input() -> Any:
    from malha.cli.outcomes import too_large
    from malha.requests import MAX_SOURCE_BYTES

    content = sys.stdin.buffer.read(MAX_SOURCE_BYTES + 1)
    return too_large() if len(content) > MAX_SOURCE_BYTES else content


def _colour(wanted: bool | None) -> bool:
    from malha.settings import colour_wanted

    return colour_wanted(sys.stdout.isatty()) if wanted is None else wanted


def _require_writable(output: str | None) -> None:
    """Refuse what cannot be written before the work is done, not after it."""
    folder = Path(output).absolute().parent if output is not None else None
    if folder is not None and not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise click.BadParameter(f"{folder} is no folder that can be written to", param_hint="--output")


def _deliver(spool: TextIO, output: str | None) -> None:
    spool.seek(0)
    if output is not None:
        try:
            with Path(output).open("w", encoding="utf-8", errors="surrogateescape", newline="") as target:
                shutil.copyfileobj(spool, target)
        except OSError as error:
            raise CallFailed(f"{output} cannot be written: {error.strerror}") from error
        return
    # Source may hold any character, whatever the terminal's own encoding is.
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    shutil.copyfileobj(spool, sys.stdout, 1024 * 1024)
    sys.stdout.flush()


def _exit_code(totals: Totals, fail_on: str) -> int:
    from malha.analysis.v1 import rule_pb2

    if totals.failed:
        return EXIT_FOUND
    if fail_on == "never":
        return 0
    return EXIT_FOUND if totals.at_or_above(rule_pb2.Severity.Value(f"SEVERITY_{fail_on.upper()}")) else 0
