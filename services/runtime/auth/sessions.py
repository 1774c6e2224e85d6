"""What the id of an access token says of the session that it belongs to."""


def session_of(token_id: str) -> str:
    """The session that a token belongs to: what stands before the dot."""
    return token_id.partition(".")[0]
