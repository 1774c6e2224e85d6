"""What the mesh's verbs have in common: where the mesh is, how a call goes, what failures and tables look like."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from services.mesh.layout import Layout, StateFolderUnusable
from services.mesh.settings import MeshSettings, SettingInvalid, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from google.protobuf.message import Message
    from malha.errors import MalhaError
    from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub
    from rich.console import Console

_UNBOUNDED_WIDTH = 1_000

# What to do about a failure, where its message does not say it by itself.
_ADVICE = {
    "CHANGE_IN_PROGRESS": "`malha deployments` and `malha status` show it",
    "VERSION_UNUSABLE": "`malha versions {service}` lists what there is; --source makes another one",
    "DEPLOYMENT_NOT_FOUND": "`malha deployments` lists those of this mesh",
    "TRACE_NOT_FOUND": "`malha trace` lists those that were kept",
    "SHUTTING_DOWN": "`malha up` starts it again",
    "CALLER_NOT_ALLOWED": "only the operator of this state folder may do that",
    "PEER_NOT_TRUSTED": "only the operator of this state folder may do that",
}


class Failed(click.ClickException):
    """Ends a verb with one clear line on standard error: what was asked for did not come about."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the line as every verb of the mesh does."""
        click.echo("malha: " + self.message.replace("\n", "\nmalha: "), file=file or sys.stderr)


class Refused(Failed):
    """Wrong use, as click's own; or the supervisor does not answer, or says no."""

    exit_code = 2


class Interrupted(Failed):
    """Somebody pressed Ctrl-C."""

    exit_code = 130


def place() -> tuple[MeshSettings, Layout]:
    """The settings and the paths they lead to; ends the verb when they cannot be used."""
    try:
        settings = load()
        layout = Layout(settings.root)
        layout.check()
    except (SettingInvalid, StateFolderUnusable) as error:
        raise Refused(str(error)) from None
    return settings, layout


@contextmanager
def supervisor() -> Iterator[MeshServiceStub]:
    """The admin service of the mesh here; what goes wrong ends the verb with what happened and what to do."""
    from services.mesh.operator import NotRunning, connect

    _, layout = place()
    try:
        channel = connect(layout)
    except NotRunning as error:
        raise Refused(str(error)) from None
    import grpc
    from malha.cli import interrupts
    from malha.errors import from_rpc
    from malha.mesh.v1.mesh_service_pb2_grpc import MeshServiceStub

    with interrupts.closing(channel):
        try:
            yield MeshServiceStub(channel)
        except grpc.RpcError as error:
            raise Refused(advice(from_rpc(error))) from None


def advice(error: MalhaError) -> str:
    """What to tell the operator of a failed call: what happened, the reason for programs, what to do."""
    from malha.errors import DeadlineExceeded, Unavailable

    if error.reason == "VALIDATION_FAILED":
        return "; ".join(f"{broken.field}: {broken.description}" for broken in error.violations) or error.message
    if error.reason:
        known = _ADVICE.get(error.reason, "")
        what_to_do = f"; {known.format_map(_Facts(error.metadata))}" if known else ""
        return f"{error.message} [{error.reason}]{what_to_do}"
    if isinstance(error, DeadlineExceeded):
        return "the mesh did not answer in time; see `malha logs mesh`"
    if isinstance(error, Unavailable):
        return f"the supervisor does not answer ({error.message}); see `malha logs mesh`, or try `malha down` and `up`"
    return f"the mesh answered {error.code.name}: {error.message}"


def as_json(message: Message) -> str:
    """An answer as indented JSON: every field of the contract under its own name."""
    from malha.cli.render.json_form import as_dict, dump

    return dump(as_dict(message))


def output(*, stderr: bool = False) -> Console:
    """A rich console; what is no terminal gets no colours, and lines as long as they are."""
    from malha.settings import colour_wanted
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    colour = colour_wanted(stream.isatty())
    width = None if stream.isatty() else _UNBOUNDED_WIDTH
    return Console(file=stream, no_color=not colour, width=width, highlight=False, soft_wrap=not stream.isatty())


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = (), nothing: str = "nothing"
) -> None:
    """Print rows under headers, without lines, or say `nothing`; columns named in `right` hold numbers."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="dim")
    numbers = set(right)
    for header in headers:
        drawn.add_column(header, justify="right" if header in numbers else "left", no_wrap=True)
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    if not drawn.row_count:
        click.echo(nothing, err=True)
        return
    console = output()
    with console.capture() as captured:
        console.print(drawn)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


class _Facts(dict[str, str]):
    """Facts of an error; one that is missing shows as a placeholder, as in a command's help."""

    def __missing__(self, key: str) -> str:
        return key.upper()
