"""What can be wrong with a wish of the operator's; each is named after its reason in `malha.error.v1`."""

from __future__ import annotations


class MeshError(Exception):
    """A wish that the supervisor does not fulfil; the text is for a person."""


class ComponentNotFound(MeshError):
    """The topology has no such component, service or replica."""

    def __init__(self, name: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(f"there is no component {name!r} here" + (f"; there are {', '.join(known)}" if known else ""))
        self.name = name


class VersionUnusable(MeshError):
    """No such version of the service is known on this machine, or it cannot be made."""

    def __init__(self, service: str, version: str, detail: str) -> None:
        super().__init__(f"version {version} of {service} cannot be used: {detail}")
        self.service = service
        self.version = version
        self.detail = detail


class DeploymentNotFound(MeshError):
    """There is no such deployment, or it is too long ago."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no deployment {name!r}")
        self.name = name


class ChangeInProgress(MeshError):
    """Another change of the same service is under way."""

    def __init__(self, service: str) -> None:
        super().__init__(f"another change of {service} is under way; try again when it is done")
        self.service = service


class RequestIdReused(MeshError):
    """The request id came with another request before."""

    def __init__(self) -> None:
        super().__init__("this request id began another deployment; use a new one")


class StartFailed(MeshError):
    """A process ended, or did not become ready in time; the text names its log."""

    def __init__(self, message: str, component: str = "") -> None:
        super().__init__(message)
        self.component = component
