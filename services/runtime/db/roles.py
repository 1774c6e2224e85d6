"""The two roles of the database: one that owns everything and migrates, one that services work with.

The service role owns nothing, so it can neither change nor drop what is there, switch triggers off or pass row-level
security by. What a migration creates, it may read and write at once, by the owner's default privileges; what it should
not (a log that only grows, say), a migration takes away again.
"""

from typing import Protocol

OWNER = "malha"
"""Owns the database and whatever migrations make."""
SERVICE = "malha_service"
"""What services connect as."""

_NOTHING_SPECIAL = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_TABLE_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


class Administrator(Protocol):
    """A connection of a superuser, such as asyncpg's."""

    async def execute(self, query: str) -> object:
        """Runs a statement, or several."""
        ...

    async def fetchval(self, query: str, *arguments: object) -> object:
        """The first value of the first row, or None."""
        ...


async def provide_owner(server: Administrator, password: str, database: str) -> None:
    """Makes the owner and its database where they are missing, and sets the password, which is hexadecimal."""
    await _provide_role(server, OWNER, password)
    if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
        await server.execute(f"CREATE DATABASE {database} OWNER {OWNER}")


async def provide_service(inside: Administrator, password: str, database: str) -> None:
    """Makes the service role and its rights where they are missing, and sets its password, which is hexadecimal; so
    also what migrations need and may not make themselves: the extension `vector`.

    `inside` is connected to `database`. A database that was filled before there was such a role is opened to it, once:
    later it has what migrations leave it.
    """
    await _provide_vectors(inside)
    known = await inside.fetchval(f"SELECT 1 FROM pg_default_acl WHERE defaclrole = '{OWNER}'::regrole")  # noqa: S608
    await _provide_role(inside, SERVICE, password)
    if not known:
        await inside.execute(";\n".join(["BEGIN", *_rights(database), _OPEN_WHAT_IS_THERE, "COMMIT"]))


async def _provide_vectors(inside: Administrator) -> None:
    """Makes the type `vector`, which only a superuser may, where the server brings pgvector along."""
    if await inside.fetchval("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"):
        await inside.execute("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")


async def _provide_role(server: Administrator, role: str, password: str) -> None:
    verb = "ALTER" if await server.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role) else "CREATE"
    # A role's password cannot be a parameter.
    if not password.isalnum():
        raise ValueError("a role's password is made of letters and digits")
    # ... so the statement itself is kept out of the server's log, where a slow or a refused one is told.
    await server.execute("SET log_statement = 'none'; SET log_min_duration_statement = -1")
    await server.execute("SET log_min_error_statement = 'panic'")
    await server.execute(f"{verb} ROLE {role} {_NOTHING_SPECIAL} PASSWORD '{password}'")


def _rights(database: str) -> tuple[str, ...]:
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER}"
    return (
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {SERVICE}",
        f"{defaults} GRANT USAGE ON SCHEMAS TO {SERVICE}",
        f"{defaults} GRANT {_TABLE_RIGHTS} ON TABLES TO {SERVICE}",
        f"{defaults} GRANT USAGE, SELECT ON SEQUENCES TO {SERVICE}",
        # A function may run with its owner's rights, so who may call it is said where it is made.
        f"{defaults} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    )


_OPEN_WHAT_IS_THERE = f"""
DO $$
DECLARE place text;
BEGIN
    FOR place IN SELECT nspname FROM pg_namespace WHERE nspowner = '{OWNER}'::regrole LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO {SERVICE}', place);
        EXECUTE format('GRANT {_TABLE_RIGHTS} ON ALL TABLES IN SCHEMA %I TO {SERVICE}', place);
        EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO {SERVICE}', place);
    END LOOP;
END
$$
"""  # noqa: S608 - made of constants
