"""Which tokens were taken back before their time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from malha.identity.v1.oauth_service_pb2 import Revocation

from services.runtime.auth.sessions import session_of

# More than any honest mesh takes back in the life of a token.
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class _Before:
    """Takes back what was issued before a moment, `kept` excepted; of use `until` another one. Seconds since 1970."""

    before: float
    until: float
    kept: str = ""


_NOTHING = _Before(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Everything of one subject or tenant: the latest moment, and the latest among those that keep another session.

    More is not needed to judge any token, however often its subject chose another password.
    """

    latest: _Before = _NOTHING
    other: _Before = _NOTHING

    def concern(self, session: str, issued: float) -> bool:
        """Whether a token of `session` is taken back."""
        binding = self.other if session == self.latest.kept else self.latest
        return issued < binding.before

    def with_one(self, one: _Before) -> "_Ends":
        """The same after one more."""
        first, *rest = sorted((self.latest, self.other, one), key=lambda each: each.before, reverse=True)
        other = next((each for each in rest if each.kept != first.kept), _NOTHING)
        return _Ends(replace(first, until=max(self.until, one.until)), other)

    @property
    def until(self) -> float:
        """When it is of no use any more."""
        return self.latest.until


class Revocations:
    """What was taken back and has not ended by itself: single tokens, sessions, and all of a subject or a tenant up to
    a moment.

    It holds what the issuer took back in the life of a token, `most` at the most: of what goes beyond, the earliest is
    replaced by one moment, and whatever was issued before that has to be renewed.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        # Each until when it matters; and before which moment everything was issued that has to be renewed.
        self._tokens: dict[str, _Before] = {}
        self._sessions: dict[str, _Before] = {}
        self._subjects: dict[str, _Ends] = {}
        self._tenants: dict[str, _Ends] = {}
        self._everything = 0.0

    def __len__(self) -> int:
        return len(self._tokens) + len(self._sessions) + len(self._subjects) + len(self._tenants)

    def concern(self, token_id: str, subject: str, tenant: str, issued: float) -> bool:
        """Whether a token is taken back; `issued` in seconds since 1970."""
        session = session_of(token_id)
        if token_id in self._tokens or session in self._sessions or issued < self._everything:
            return True
        known = (self._subjects.get(subject), self._tenants.get(tenant))
        return any(ends is not None and ends.concern(session, issued) for ends in known)

    def add(self, found: Iterable[Revocation]) -> None:
        """Remembers what the issuer tells."""
        for revocation in found:
            before = revocation.revoke_time.ToNanoseconds() / 1e9
            one = _Before(before, revocation.expire_time.ToNanoseconds() / 1e9, revocation.kept_session)
            match revocation.WhichOneof("target"):
                case "token":
                    self._tokens[revocation.token] = one
                case "session":
                    self._sessions[revocation.session] = one
                case "subject":
                    known = self._subjects.get(revocation.subject, _Ends())
                    self._subjects[revocation.subject] = known.with_one(one)
                case "tenant":
                    known = self._tenants.get(revocation.tenant, _Ends())
                    self._tenants[revocation.tenant] = known.with_one(one)
        if len(self) > self._most:
            self._shorten()

    def forget(self, now: float) -> None:
        """Drops what has ended by itself."""
        for singles in (self._tokens, self._sessions):
            for name in [name for name, one in singles.items() if one.until < now]:
                del singles[name]
        for groups in (self._subjects, self._tenants):
            for name in [name for name, ends in groups.items() if ends.until < now]:
                del groups[name]

    def _shorten(self) -> None:
        """Leaves half of the room, to the latest."""
        moments = sorted(
            [one.before for singles in (self._tokens, self._sessions) for one in singles.values()]
            + [ends.latest.before for groups in (self._subjects, self._tenants) for ends in groups.values()]
        )
        self._everything = max(self._everything, moments[len(moments) - self._most // 2 - 1])
        self._tokens = {name: one for name, one in self._tokens.items() if one.before > self._everything}
        self._sessions = {name: one for name, one in self._sessions.items() if one.before > self._everything}
        self._subjects = {name: e for name, e in self._subjects.items() if e.latest.before > self._everything}
        self._tenants = {name: e for name, e in self._tenants.items() if e.latest.before > self._everything}
