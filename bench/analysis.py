"""How many files a minute, and how long one source takes, through the whole mesh."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median

import malha
from malha.analysis.v1.source_pb2 import AnalysisOptions

from bench.report import Section, quantile
from services.analysis.domain.rules.ruff_rows import RUFF_ROWS
from tests.support.mesh_process import Mesh, mesh

_SMALL_PACKAGE = "asyncio"
_CALLS = 300
_RUNS = 5
_LINES = 200


def run() -> list[Section]:
    """Measure project throughput and the latency of single sources on one fresh mesh."""
    with tempfile.TemporaryDirectory(prefix="malha-bench-") as folder:
        tree = _standard_library(Path(folder, "stdlib"))
        with mesh(Path(folder, "state")) as running:
            return [_throughput(running, tree), _latency(running, tree)]


def _standard_library(target: Path) -> Path:
    """A copy of the interpreter's library, tests included, without installed packages."""
    source = Path(sysconfig.get_paths()["stdlib"])
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("site-packages", "__pycache__", "*.so", "*.a"))
    return target


def _files(tree: Path) -> list[Path]:
    return sorted(path for path in tree.rglob("*.py*") if path.suffix in {".py", ".pyw"})


def _throughput(running: Mesh, tree: Path) -> Section:
    section = Section(
        "Files a minute",
        "The generated client's `analyze_project` over TLS, from the first file read to the project's report, median "
        f"of {_RUNS}; and `malha analyze TREE --format json`, wall time of the whole command. No run finds another's "
        "results: each ignores another rule that there is not, which makes other options of it. "
        "Client, Envoy, both replicas, their workers, ruff, PostgreSQL and Redis share the machine. `ruff` alone is "
        "`ruff check` with the same rules, no cache and as many threads as processors; pylint (`-j 0`) runs on one "
        f"package, `{_SMALL_PACKAGE}`, which at its rate saves about eight minutes.",
    )
    print(section.title, flush=True)
    rates = [_project(running, tree, number) for number in range(_RUNS)]
    spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
    section.add("standard library, cold cache, client", f"{median(rates):,.0f} files/min", ">= 20,000")
    section.add("standard library, cold cache, client, spread", spread)
    for name, path, target in (("standard library", tree, ""), (_SMALL_PACKAGE, tree / _SMALL_PACKAGE, "")):
        count = len(_files(path))
        cold, summary = _analyse(running, path)
        warm, _ = _analyse(running, path)
        assert summary["files"] + summary["failed_files"] == count
        section.add(f"{name}: {count} files, cold cache, command", f"{count / cold * 60:,.0f} files/min", target)
        section.add(f"{name}: cold cache, command, wall", f"{cold:.2f} s")
        section.add(f"{name}: warm cache", f"{count / warm * 60:,.0f} files/min")
        ruff = _timed([str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "--no-cache", "--quiet",
                       "--exit-zero", "--output-format", "json", *_ruff_rules(), str(path)])  # fmt: skip
        section.add(f"{name}: ruff alone", f"{count / ruff * 60:,.0f} files/min")
        section.add(f"{name}: Malha against ruff alone (ruff = 1)", f"{ruff / cold:.3f}")
    package = tree / _SMALL_PACKAGE
    count = len(_files(package))
    pylint = _timed([sys.executable, "-m", "pylint", "-j", "0", "--exit-zero", "--output-format=json", str(package)])
    section.add(f"{_SMALL_PACKAGE}: pylint", f"{count / pylint * 60:,.0f} files/min")
    return section


def _project(running: Mesh, tree: Path, number: int) -> float:
    """Files a minute of one project through the generated client."""
    files = _files(tree)
    options = AnalysisOptions(ignore=[f"ZZZ{number}"])
    contents = ((str(path.relative_to(tree)), path.read_bytes()) for path in files)
    with running.connect() as client:
        client.analysis.get_rule("rules/PERF401")  # connects
        started = time.perf_counter()
        done = sum(
            len(response.results)
            for response in client.analysis.analyze_project(contents, label="bench", options=options)
        )
        seconds = time.perf_counter() - started
    assert done == len(files)
    return done / seconds * 60


def _analyse(running: Mesh, path: Path) -> tuple[float, dict[str, int]]:
    started = time.perf_counter()
    done = running.run("analyze", str(path), "--format", "json", timeout=900)
    seconds = time.perf_counter() - started
    assert done.returncode in {0, 1}, done.stderr
    summary: dict[str, int] = json.loads(done.stdout)["summary"]
    return seconds, summary


def _ruff_rules() -> list[str]:
    return ["--select", ",".join(row[0] for row in RUFF_ROWS)]


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _latency(running: Mesh, tree: Path) -> Section:
    section = Section(
        "One source",
        f"AnalyzeSource of {_LINES}-line sources cut from the standard library, one after another over TLS, each one "
        "new to the mesh (no cache), the report stored before the answer; the sync client measures.",
    )
    print(section.title, flush=True)
    seconds: list[float] = []
    with running.connect() as client:
        for number, text in enumerate(_sources(tree)):
            started = time.perf_counter()
            try:
                client.analysis.analyze_source(path=f"bench_{number}.py", text=text)
            except malha.InvalidArgument:
                continue  # the cut went through a statement
            seconds.append(time.perf_counter() - started)
            if len(seconds) == _CALLS:
                break
    section.add("calls", str(len(seconds)))
    section.add("p50", f"{quantile(seconds, 0.5) * 1000:.1f} ms")
    section.add("p95", f"{quantile(seconds, 0.95) * 1000:.1f} ms", "< 30 ms")
    return section


def _sources(tree: Path) -> list[str]:
    """Sources of exactly the length that is measured: the first lines of modules, cut before a top-level statement."""
    found = []
    for path in _files(tree):
        lines = path.read_text(errors="ignore").splitlines(keepends=True)
        cut = next((n for n in range(min(len(lines), _LINES) - 1, 0, -1) if lines[n][:1].isalpha()), 0)
        if cut >= _LINES * 0.9:
            found.append("".join(lines[:cut]) + "#\n" * (_LINES - cut))
    return found
