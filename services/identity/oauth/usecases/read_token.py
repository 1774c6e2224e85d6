"""Read an access token of ours, and find out whether it is still good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from services.identity.oauth.domain.tokens import AccessToken
from services.identity.oauth.ports import RevocationStore, TokenReader
from services.identity.oauth.usecases.keep_keys import KeepKeys
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class ReadToken:
    """Knows what this mesh signed, and what it took back."""

    reader: TokenReader
    keys: KeepKeys
    revocations: RevocationStore
    clock: Clock

    def __call__(self, text: str) -> AccessToken | None:
        """What the token says; None if it was not signed here, or if it has ended."""
        claims = self.reader.read(text, self.keys.public)
        if claims is None:
            return None
        token = AccessToken.of(claims)
        return token if self.clock.now().timestamp() < token.expires else None

    async def good(self, token: AccessToken) -> bool:
        """Whether a token that has not ended was not taken back either."""
        issued = datetime.fromtimestamp(token.issued, UTC)
        return not await self.revocations.covers(token.id, token.session, token.subject, token.tenant, issued)
