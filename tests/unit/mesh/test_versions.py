"""A version is an immutable copy: made once, checked before it is started, never mixed up with another."""

from __future__ import annotations

import os
import stat
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from services.mesh.supervisor.errors import VersionUnusable
from services.mesh.versions.release import PROJECT, working_tree
from services.mesh.versions.store import Versions

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = 'import sys\nprint("hello from", sys.argv[1], __file__)\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The least source tree that has the service `hello`."""
    package = tmp_path / "source" / "services" / "hello"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(_MAIN)
    (package / "__init__.py").touch()
    (tmp_path / "source" / "services" / "__init__.py").touch()
    client = tmp_path / "source" / "clients" / "python" / "src" / "malha"
    client.mkdir(parents=True)
    (client / "__init__.py").write_text("WHICH = 'copy'\n")
    (tmp_path / "source" / "secrets.txt").write_text("not for a copy")
    return tmp_path / "source"


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path / "versions")


def test_a_copy_runs_without_its_source(versions: Versions, source: Path, tmp_path: Path) -> None:
    artefact = versions.make("hello", "services.hello", "1.0", source)
    source.rename(tmp_path / "elsewhere")
    release = versions.checked("hello", "1.0").release()
    done = subprocess.run(
        [release.interpreter, "-m", "services.hello", "serve"],
        cwd=release.folder, env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, release.paths))},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"hello from serve {artefact.folder}/tree/services/hello/__main__.py\n"
    which = subprocess.run(
        [release.interpreter, "-c", "import malha; print(malha.WHICH)"],
        cwd=release.folder, env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, release.paths))},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert which.stdout == "copy\n"
    # What the start compiled is no change of the version.
    assert versions.checked("hello", "1.0").sha256 == artefact.sha256


def test_only_what_a_service_imports_is_copied_and_nobody_may_write_it(versions: Versions, source: Path) -> None:
    tree = versions.make("hello", "services.hello", "1.0", source).folder / "tree"
    assert not (tree / "secrets.txt").exists()
    assert stat.S_IMODE((tree / "services/hello/__main__.py").stat().st_mode) == 0o400


def test_the_same_content_twice_is_one_version_and_another_is_refused(versions: Versions, source: Path) -> None:
    first = versions.make("hello", "services.hello", "1.0", source)
    assert versions.make("hello", "services.hello", "1.0", source) == first
    (source / "services/hello/__main__.py").write_text(_MAIN + "# changed\n")
    with pytest.raises(VersionUnusable, match="another content"):
        versions.make("hello", "services.hello", "1.0", source)
    second = versions.make("hello", "services.hello", "1.1", source)
    assert [a.version for a in versions.all("hello")] == ["1.1", "1.0"]
    assert second.sha256 != first.sha256


def test_a_copy_that_was_changed_is_not_started(versions: Versions, source: Path) -> None:
    folder = versions.make("hello", "services.hello", "1.0", source).folder
    path = folder / "tree/services/hello/__main__.py"
    path.chmod(0o600)
    path.write_text("raise SystemExit\n")
    with pytest.raises(VersionUnusable, match="changed"):
        versions.checked("hello", "1.0")


def test_a_wheel_is_unpacked(versions: Versions, source: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "hello-2.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in (source / "services").rglob("*.py"):
            archive.write(path, path.relative_to(source))
        archive.writestr("../outside.py", "")
    tree = versions.make("hello", "services.hello", "2.0", wheel).folder / "tree"
    assert (tree / "services/hello/__main__.py").read_text() == _MAIN
    assert not list(tmp_path.rglob("versions/hello/outside.py"))


@pytest.mark.parametrize("what", ["nothing", "empty", "file", "zip", "other"])
def test_a_source_that_is_none_is_refused_and_leaves_nothing(
    versions: Versions, source: Path, tmp_path: Path, what: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "zip.whl").write_text("no zip")
    named = {"nothing": tmp_path / "none", "zip": tmp_path / "zip.whl", "other": source}
    module = "services.absent" if what == "other" else "services.hello"
    with pytest.raises(VersionUnusable):
        versions.make("hello", module, "1.0", named.get(what, tmp_path / what))
    assert not list((tmp_path / "versions").glob("hello/*"))
    assert not list((tmp_path / "versions").glob("hello/.*"))
    with pytest.raises(VersionUnusable, match="not known"):
        versions.checked("hello", "1.0")


def test_many_makers_of_one_version_make_it_once(versions: Versions, source: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: versions.make("hello", "services.hello", "1.0", source), range(8)))
    assert len(set(made)) == 1


def test_what_a_kill_left_half_made_is_no_version(versions: Versions, source: Path, tmp_path: Path) -> None:
    half = tmp_path / "versions" / "hello" / "1.0"
    (half / "tree").mkdir(parents=True)
    (half.parent / ".1.0.1" / "tree").mkdir(parents=True)
    assert versions.all("hello") == []
    versions.tidy()
    assert [path.name for path in half.parent.iterdir()] == ["1.0"]
    assert versions.make("hello", "services.hello", "1.0", source).version == "1.0"


def test_the_working_tree_is_where_the_mesh_itself_runs_from() -> None:
    release = working_tree()
    assert (release.folder, release.artefact, release.paths) == (PROJECT, False, ())
    assert (PROJECT / "services" / "mesh").is_dir()


@pytest.mark.parametrize("missing", ["services/__init__.py", "services/hello/__init__.py"])
def test_a_tree_that_python_would_pass_over_for_ours_is_no_version(
    versions: Versions, source: Path, missing: str
) -> None:
    (source / missing).unlink()
    with pytest.raises(VersionUnusable, match=r"holds no package services\.hello"):
        versions.make("hello", "services.hello", "1.0", source)
