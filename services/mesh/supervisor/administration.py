"""What the operator may ask of a running mesh; `Mesh` does it, the admin service hands it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from uuid import UUID

    from services.mesh.deployment.model import CanaryPlan, Deployment, Strategy
    from services.mesh.supervisor.view import (
        ComponentView,
        EndpointView,
        IdentityView,
        TopologyView,
        VersionView,
    )


class Administration(Protocol):
    """All of a mesh that can be seen and changed while it runs.

    Every method that names a component, service or replica raises ComponentNotFound for one that there is not. `scale`,
    `restart` and `start_deployment` raise ChangeInProgress while another of them is under way for the same service, and
    go on when their caller is cancelled.
    """

    def topology(self) -> TopologyView:
        """The mesh as it is now."""

    async def changed(self) -> None:
        """Return at the next change of what `topology`, `endpoints` or a deployment would tell."""

    async def endpoints(self, service: str | None = None) -> tuple[EndpointView, ...]:
        """The endpoints of one service, or of all, by service, then replica."""

    async def scale(self, service: str, replicas: int) -> ComponentView:
        """Bring a service to 1 to 64 replicas: new ones serve before this returns, those too many are drained first.

        Raises StartFailed when a new one does not become ready; the service then keeps what it had.
        """

    async def restart(self, component: str) -> ComponentView:
        """Restart a component, one replica after the other; of a service no call fails. Raises StartFailed."""

    async def drain(self, replica: str, *, undrain: bool = False) -> EndpointView:
        """Take a replica out of rotation, or bring it back; it runs on either way.

        Raises StartFailed when one that was brought back is not found healthy.
        """

    async def set_weight(self, replica: str, weight: int) -> EndpointView:
        """Set a replica's share of the calls beside its siblings', 1 to 128, for as long as there is that replica."""

    async def rotate(self, workload: str | None = None, *, authority: bool = False) -> tuple[IdentityView, ...]:
        """Issue new certificates to one workload, or to all; with `authority`, move the authority one step on, too."""

    def versions(self, service: str) -> tuple[VersionView, ...]:
        """The versions of a service that can be deployed, the newest first."""

    async def start_deployment(
        self,
        service: str,
        version: str,
        *,
        source: Path | None,
        strategy: Strategy,
        plan: CanaryPlan,
        keep_seconds: float,
        request_id: UUID,
    ) -> Deployment:
        """Begin to bring a version into use; returns when it is begun.

        A repetition with the same `request_id` gets the same deployment. Raises VersionUnusable; RequestIdReused for an
        id that began another one.
        """

    def deployments(self, service: str | None = None) -> tuple[Deployment, ...]:
        """Those since the start of the mesh, the newest first, at most 100."""

    def watch_deployment(self, name: str) -> AsyncIterator[Deployment]:
        """The deployment now and at every change until it is over; raises DeploymentNotFound."""

    async def abort_deployment(self, name: str) -> Deployment:
        """End a deployment and bring the version before it back, which is done on return.

        One that is over stays as it is. Raises DeploymentNotFound.
        """
