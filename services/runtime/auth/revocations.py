"""Which tokens were taken back before their time."""

from collections.abc import Iterable

from malha.identity.v1.oauth_service_pb2 import Revocation


class Revocations:
    """What was taken back and has not ended by itself: single tokens, sessions, and all of a subject up to a moment.

    It holds no more than what the issuer took back in the life of a token.
    """

    def __init__(self) -> None:
        # Each until when it matters; of a subject, before which moment its tokens were issued.
        self._tokens: dict[str, float] = {}
        self._sessions: dict[str, float] = {}
        self._subjects: dict[str, tuple[float, float]] = {}

    def concern(self, token_id: str, subject: str, issued: float) -> bool:
        """Whether a token is taken back; `issued` in seconds since 1970."""
        if token_id in self._tokens or token_id.partition(".")[0] in self._sessions:
            return True
        before, _ = self._subjects.get(subject, (0.0, 0.0))
        return issued < before

    def add(self, found: Iterable[Revocation]) -> None:
        """Remembers what the issuer tells."""
        for revocation in found:
            before = revocation.revoke_time.ToNanoseconds() / 1e9
            until = revocation.expire_time.ToNanoseconds() / 1e9
            match revocation.WhichOneof("target"):
                case "token":
                    self._tokens[revocation.token] = until
                case "session":
                    self._sessions[revocation.session] = until
                case "subject":
                    earlier, _ = self._subjects.get(revocation.subject, (0.0, 0.0))
                    self._subjects[revocation.subject] = (max(earlier, before), until)

    def forget(self, now: float) -> None:
        """Drops what has ended by itself."""
        for known in (self._tokens, self._sessions):
            for name in [name for name, until in known.items() if until < now]:
                del known[name]
        for name in [name for name, (_, until) in self._subjects.items() if until < now]:
            del self._subjects[name]
