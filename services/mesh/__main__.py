"""`python -m services.mesh {up,down,status,logs,restart}`: the mesh verbs without the client's command around them."""

import click

from services.mesh import cli

main = click.Group("mesh", commands=[cli.up, cli.down, cli.status, cli.logs, cli.restart])

if __name__ == "__main__":
    main()
