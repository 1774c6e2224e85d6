"""Who calls may go to: the registry's word, the supervisor's own knowledge, the operator's, and the deployments'."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from services.mesh.endpoints import Directory, Process
from services.mesh.registry import Entry

if TYPE_CHECKING:
    from pathlib import Path


def _entry(number: int, *, ready: bool = True, zone: str = "here") -> Entry:
    return Entry("echo", f"echo-{number}", "127.0.0.1", number, ready, 100 + number, "1", zone)


def _process(number: int, *, ready: bool = True) -> Process:
    return Process("echo", f"echo-{number}", "127.0.0.1", number, 100 + number, ready, "1", "here")


class Written:
    """A directory and what it has written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changes = 0
        self.directory = Directory(folder, ["echo"], "here", self._changed)

    def ports(self, cluster: str = "echo") -> list[int]:
        path = self.folder / f"endpoints-{cluster}.yaml"
        if not path.exists():
            return []
        (resource,) = yaml.safe_load(path.read_text())["resources"]
        return [
            item["endpoint"]["address"]["socket_address"]["port_value"]
            for group in resource["endpoints"]
            for item in group["lb_endpoints"]
        ]

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def test_the_ready_are_published_and_the_draining_are_not(written: Written) -> None:
    written.directory.heard([_entry(1), _entry(2), _entry(3, ready=False)])
    assert written.ports() == [1, 2]
    assert [m.draining for m in written.directory.members("echo")] == [False, False, True]


def test_a_process_that_ended_is_out_at_once_whatever_the_registry_says(written: Written) -> None:
    written.directory.saw([_process(1), _process(2)])
    written.directory.heard([_entry(1), _entry(2)])
    written.directory.saw([_process(1), replace(_process(2), pid=None)])
    assert written.ports() == [1]
    written.directory.heard([_entry(1), _entry(2)])
    assert written.ports() == [1]


def test_the_entry_of_an_earlier_run_is_not_believed(written: Written) -> None:
    written.directory.saw([replace(_process(1), pid=999, port=9)])
    written.directory.heard([_entry(1)])
    assert written.ports() == []


def test_one_that_runs_and_has_not_registered_yet_is_not_published(written: Written) -> None:
    written.directory.saw([_process(1), _process(2)])
    written.directory.heard([_entry(1)])
    assert written.ports() == [1]
    assert not written.directory.lost


@pytest.mark.parametrize("entries", [None, ()], ids=["no answer", "emptied"])
def test_a_lost_registry_leaves_the_last_good_endpoints_and_says_so(
    written: Written, entries: tuple[Entry, ...] | None
) -> None:
    written.directory.saw([_process(1), _process(2, ready=False)])
    written.directory.heard([_entry(1), _entry(2), _entry(3)])
    written.directory.heard(entries)
    assert written.ports() == [1, 2, 3]
    assert written.directory.lost
    assert all(member.stale for member in written.directory.members("echo"))
    written.directory.heard([_entry(1), _entry(2), _entry(3)])
    assert not written.directory.lost


def test_a_replica_that_lives_is_kept_when_the_registry_has_lost_it_alone(written: Written) -> None:
    written.directory.saw([_process(1), _process(2), _process(3, ready=False)])
    written.directory.heard([_entry(1), _entry(2), _entry(3)])
    written.directory.heard([_entry(1)])
    # The third has stopped to answer the supervisor as well: frozen, say.
    assert written.ports() == [1, 2]
    assert written.directory.lost


def test_a_replica_that_comes_while_the_registry_is_away_is_published(written: Written) -> None:
    written.directory.saw([_process(1)])
    written.directory.heard(None)
    assert written.ports() == [1]


def test_a_replica_that_drains_is_not_brought_back_by_a_lost_registry(written: Written) -> None:
    written.directory.saw([_process(1), _process(2)])
    written.directory.heard([_entry(1), _entry(2, ready=False)])
    written.directory.heard(None)
    assert written.ports() == [1]


def test_one_that_we_did_not_start_leaves_with_its_heartbeat(written: Written) -> None:
    written.directory.saw([_process(1)])
    written.directory.heard([_entry(1), _entry(7)])
    assert written.ports() == [1, 7]
    written.directory.heard([_entry(1)])
    written.directory.heard(None)
    assert written.ports() == [1]


def test_the_operator_drains_and_weighs(written: Written) -> None:
    written.directory.heard([_entry(1), _entry(2)])
    written.directory.drain("echo-1")
    written.directory.weigh("echo-2", 7)
    (endpoint,) = written.directory.published("echo")
    assert (endpoint.port, endpoint.weight) == (2, 7)
    written.directory.drain("echo-1", on=False)
    assert written.ports() == [1, 2]


def test_a_replica_stands_in_the_clusters_it_was_put_into(written: Written) -> None:
    written.directory.heard([_entry(1), _entry(2)])
    written.directory.place({"echo-2": ("echo-canary",)})
    assert (written.ports("echo"), written.ports("echo-canary")) == ([1], [2])
    written.directory.place({"echo-1": (), "echo-2": ("echo", "echo-canary")})
    assert (written.ports("echo"), written.ports("echo-canary")) == ([2], [2])


def test_what_was_said_of_a_replica_is_forgotten_with_it(written: Written) -> None:
    written.directory.saw([_process(1), _process(2)])
    written.directory.heard([_entry(1), _entry(2)])
    written.directory.drain("echo-2")
    written.directory.forget("echo-2")
    # Its last heartbeat has not expired yet.
    written.directory.saw([_process(1)])
    written.directory.heard([_entry(1), _entry(2)])
    assert written.ports() == [1]
    fresh = replace(_process(2), port=20, pid=200)
    written.directory.saw([_process(1), fresh])
    written.directory.heard([_entry(1), replace(_entry(2), port=20, pid=200)])
    assert written.ports() == [1, 20]


def test_a_file_is_written_and_a_change_is_told_only_when_there_is_one(written: Written) -> None:
    written.directory.heard([_entry(1)])
    path = written.folder / "endpoints-echo.yaml"
    inode, changes = path.stat().st_ino, written.changes
    written.directory.heard([_entry(1)])
    written.directory.saw([])
    assert (path.stat().st_ino, written.changes) == (inode, changes)


def test_the_zones_are_told_to_envoy(written: Written) -> None:
    written.directory.heard([_entry(1), _entry(2, zone="there")])
    (resource,) = yaml.safe_load((written.folder / "endpoints-echo.yaml").read_text())["resources"]
    assert [(g["locality"]["zone"], g["priority"]) for g in resource["endpoints"]] == [("here", 0), ("there", 1)]
