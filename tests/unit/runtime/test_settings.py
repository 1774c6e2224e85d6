"""Settings come from the environment, are checked at once, and never change."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.runtime.settings import RuntimeSettings, SecretUnreadable, read_secret


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALHA_COMPONENT", "analysis")
    monkeypatch.setenv("MALHA_LISTEN", "127.0.0.1:5000")
    monkeypatch.setenv("MALHA_DRAIN_SECONDS", "2.5")
    settings = RuntimeSettings()
    assert (settings.component, settings.listen, settings.drain_seconds) == ("analysis", "127.0.0.1:5000", 2.5)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MALHA_LISTEN", "5000"),
        ("MALHA_LISTEN", "127.0.0.1:70000"),
        ("MALHA_COMPONENT", "No Such"),
        ("MALHA_LOG_LEVEL", "loud"),
        ("MALHA_DRAIN_SECONDS", "-1"),
        ("MALHA_MAX_CONCURRENT_CALLS", "0"),
    ],
)
def test_a_bad_value_stops_the_start(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError):
        RuntimeSettings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        RuntimeSettings().component = "other"  # type: ignore[misc]  # what the test is about


def test_a_secret_is_read_without_its_line_end_and_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("redis://:hush@localhost\n")
    settings = RuntimeSettings(redis_url_file=file)
    assert settings.redis_url().get_secret_value() == "redis://:hush@localhost"
    assert "hush" not in repr(settings.redis_url())


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xff\xfe", b"x" * 70_000])
def test_an_unusable_secret_says_which_file_and_nothing_of_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(SecretUnreadable, match="secret"):
        read_secret(file)


def test_a_missing_secret_says_which_variable() -> None:
    with pytest.raises(SecretUnreadable, match="MALHA_DATABASE_URL_FILE"):
        RuntimeSettings().database_url()
