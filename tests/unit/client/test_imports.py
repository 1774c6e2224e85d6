"""What importing the client loads, and what it must not."""

from __future__ import annotations

import subprocess
import sys

import pytest

SERVER_PARTS = {"services", "sqlalchemy", "redis", "asyncpg", "structlog", "pydantic", "ruff", "tree_sitter", "uvloop"}


def loaded_by(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


def test_importing_malha_costs_nothing() -> None:
    assert not loaded_by("import malha") & {"grpc", "google", "click", "rich", "opentelemetry", *SERVER_PARTS}


def test_the_client_needs_no_command_line_and_no_server() -> None:
    loaded = loaded_by("import malha; malha.connect; malha.connect_async; malha.NotFound")
    assert not loaded & {"click", "rich", "opentelemetry", *SERVER_PARTS}


def test_the_command_starts_light() -> None:
    assert not loaded_by("import malha.cli") & {"grpc", "google", "rich", *SERVER_PARTS}
    assert not loaded_by("import malha.cli.analyze") & {"grpc", "google", "rich", *SERVER_PARTS}
    verbs = "from malha.cli.price import price; [price.get_command(None, name) for name in price.list_commands(None)]"
    assert not loaded_by(verbs) & {"grpc", "google", "rich", *SERVER_PARTS}


def test_an_unknown_name_is_an_attribute_error() -> None:
    import malha

    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = malha.nothing_like_it
