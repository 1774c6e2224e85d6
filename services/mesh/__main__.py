"""`python -m services.mesh VERB`: the mesh's verbs without the client's command around them."""

import click

from services.mesh import cli, cli_deploy, cli_replicas

main = click.Group(
    "mesh",
    commands=[
        cli.up, cli.down, cli.status, cli.logs,
        cli_replicas.endpoints, cli_replicas.restart, cli_replicas.scale, cli_replicas.drain, cli_replicas.weight,
        cli_replicas.rotate,
        cli_deploy.versions, cli_deploy.deploy, cli_deploy.deployments, cli_deploy.abort,
    ],
)  # fmt: skip

if __name__ == "__main__":
    main()
