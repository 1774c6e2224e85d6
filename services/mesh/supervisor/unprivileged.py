"""Drops root for a program that refuses to run as root: `python -m ... USER PATH.. -- ARGV..`.

When one of the named paths lies below a folder that the user may not enter (a project in /root, say), the program keeps
one single capability across the drop: to pass such folders. It reads and writes only its own files otherwise.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys
from pathlib import Path

_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522
_USERS = ("postgres", "nobody")


def pick_user() -> pwd.struct_passwd:
    """The user that PostgreSQL runs as when we are root: `postgres` where it exists, else `nobody`."""
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LookupError(f"none of the users {', '.join(_USERS)} exists to run PostgreSQL as; start malha as another user")


def command(user: pwd.struct_passwd, paths: list[Path], argv: list[str]) -> list[str]:
    """The command line that runs `argv` as `user`, who must be able to reach `paths`."""
    module = [sys.executable, "-m", "services.mesh.supervisor.unprivileged", user.pw_name]
    return [*module, *(str(path) for path in paths), "--", *argv]


def main(arguments: list[str]) -> None:
    """Drop root and become the program."""
    split = arguments.index("--")
    user = pwd.getpwnam(arguments[0])
    reachable = all(_reachable(Path(path), user) for path in arguments[1:split])
    argv = arguments[split + 1 :]
    libc = ctypes.CDLL(None, use_errno=True)
    if not reachable:
        _check(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    if not reachable:
        _keep_passing(libc)
    os.execv(argv[0], argv)  # noqa: S606 - becoming the program is what this module is for


def _reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether every folder above `path` lets `user` pass."""
    for folder in path.resolve().parents:
        status = folder.stat()
        bit = 0o100 if status.st_uid == user.pw_uid else 0o010 if status.st_gid == user.pw_gid else 0o001
        if not status.st_mode & bit:
            return False
    return True


def _keep_passing(libc: ctypes.CDLL) -> None:
    """Reduce all capabilities to the least that passes closed folders, and let it survive exec."""
    permitted = _permitted(libc)
    # Container engines give root the stronger one only.
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if permitted & (1 << capability):
            mask = 1 << capability
            header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
            data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
            _check(libc.capset(ctypes.byref(header), ctypes.byref(data)))
            _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))
            return
    raise PermissionError("PostgreSQL cannot reach its folder: move the project, or MALHA_STATE_DIR, to an open place")


def _permitted(libc: ctypes.CDLL) -> int:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    _check(libc.capget(ctypes.byref(header), ctypes.byref(data)))
    return int(data[1])


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1:])
