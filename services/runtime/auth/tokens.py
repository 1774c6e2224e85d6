"""Makes a principal of the access token that a call brings; what was verified once is only looked up."""

import time
from collections.abc import Callable

from services.runtime.auth.principal import Principal
from services.runtime.auth.verification import LEEWAY, Verifier
from services.runtime.exceptions import TokenExpired

HEADER = "authorization"
"""The metadata key and HTTP header in which a call brings its token."""
SCHEME = "Bearer "
"""How the header of a call with an access token begins; a header of another scheme brings none."""

# A generation of verified tokens: two are kept, so at most twice as many.
_GENERATION = 4096


class Tokens:
    """The tokens that were verified and are still good, by the header that brings them.

    A hit is one look-up, for the header as it came, and one look at the clock. Two generations take turns instead of a
    list of who was used last, which every hit would have to change: what is not used for a whole generation is dropped.
    What is no token is not remembered, so nobody can fill the memory with what he makes up himself.
    """

    def __init__(self, verifier: Verifier, now: Callable[[], float] = time.time, generation: int = _GENERATION) -> None:
        """`now` is the time in seconds since 1970."""
        self._verifier = verifier
        self._now = now
        self._generation = generation
        self._young: dict[str, Principal] = {}
        self._old: dict[str, Principal] = {}

    def principal(self, header: str, grace: float = LEEWAY) -> Principal:
        """Whom a header that begins with `SCHEME` stands for; `grace` is how many seconds a token outlives its end.

        Raises:
            TokenInvalid: it holds no token of this mesh.
            TokenExpired: it did.
            TokenRevoked: it did, and was taken back.
            TokenKeysUnavailable: nobody can tell.
        """
        known = self._young.get(header) or self._older(header)
        if self._now() >= known.expires + grace:
            raise TokenExpired
        return known

    def forget(self, concerned: Callable[[Principal], bool] = lambda _: True) -> None:
        """Verifies the tokens of those who are concerned once more when they come next."""
        for known in (self._young, self._old):
            for header in [header for header, principal in known.items() if concerned(principal)]:
                del known[header]

    def _older(self, header: str) -> Principal:
        known = self._old.get(header) or self._verifier.verify(header[len(SCHEME) :])
        if len(self._young) >= self._generation:
            self._young, self._old = {}, self._young
        self._young[header] = known
        return known
