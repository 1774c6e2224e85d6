"""Who looks, as the token of the current call says."""

from services.analysis.domain.access import SEES_ALL, Viewer
from services.runtime.auth import principal
from services.runtime.tenancy import current_owner


def viewer() -> Viewer:
    """On whose behalf the current call is made; raises TokenRequired when on nobody's."""
    owner = current_owner()
    return Viewer(owner.tenant, owner.subject, principal().may(SEES_ALL))
