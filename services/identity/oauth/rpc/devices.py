"""The rpcs around logins of devices: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from malha.identity.v1 import oauth_service_pb2 as pb
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceServicer

from services.identity.oauth import convert
from services.identity.oauth.domain import devices, scopes
from services.identity.oauth.domain.errors import DeviceNotFound, TokenRequestRefused
from services.identity.oauth.rpc import headers, pages
from services.identity.oauth.rpc.forms import Form, credentials_of, form_of
from services.identity.oauth.usecases.authorize_device import AuthorizeDevice
from services.identity.oauth.usecases.decide_on_device import Approver, AskPerson, DecideWithTicket, DecideWithToken
from services.identity.oauth.usecases.grant_to_person import PersonCredentials
from services.identity.oauth.usecases.identify_client import IdentifyClient
from services.runtime import audit
from services.runtime.auth import principal
from services.runtime.call import current
from services.runtime.origin import address_of


@dataclass(frozen=True, kw_only=True)
class DeviceRpcs(OAuthServiceServicer):
    """AuthorizeDevice, the page, and ApproveDevice."""

    issuer: str
    identify: IdentifyClient
    authorize_device: AuthorizeDevice
    ask_person: AskPerson
    decide_with_ticket: DecideWithTicket
    decide_with_token: DecideWithToken

    async def AuthorizeDevice(self, request: pb.AuthorizeDeviceRequest, context: Any) -> pb.AuthorizeDeviceResponse:
        form, call = form_of(request.form), current()
        client = await self.identify(credentials_of(form, call), address_of(call))
        codes = await self.authorize_device(client, scopes.parse(form.get("scope")))
        await headers.no_store(context)
        return convert.device_to_proto(codes, self.issuer)

    async def GetDevicePage(self, request: pb.GetDevicePageRequest, context: Any) -> pb.GetDevicePageResponse:
        await headers.page(context)
        return pb.GetDevicePageResponse(page=_html(pages.sign_in(_shown(request.user_code))))

    async def SubmitDevicePage(self, request: pb.SubmitDevicePageRequest, context: Any) -> pb.SubmitDevicePageResponse:
        audit.noted()  # a page that is shown again has changed nothing
        page = await self._next_page(request.form)
        await headers.page(context)
        return pb.SubmitDevicePageResponse(page=_html(page))

    async def ApproveDevice(self, request: pb.ApproveDeviceRequest, context: Any) -> pb.ApproveDeviceResponse:
        caller = principal()
        approver = Approver(caller.tenant, caller.token_id, caller.permissions)
        address = address_of(current())
        decision = await self.decide_with_token(approver, request.user_code, address, approve=not request.deny)
        return pb.ApproveDeviceResponse(client_id=decision.client, scope=decision.scope)

    async def _next_page(self, body: Any) -> str:
        try:
            form = form_of(body)
        except TokenRequestRefused as error:
            return pages.sign_in("", problem=error.description)
        try:
            return await (self._decide(form) if form.get("ticket") else self._ask(form))
        except DeviceNotFound:
            return pages.sign_in("", problem="No device waits with this code. It may have taken too long: begin anew.")
        except TokenRequestRefused as error:
            return pages.sign_in(_shown(form.get("user_code")), form.get("username"), problem=error.description)

    async def _ask(self, form: Form) -> str:
        shown = PersonCredentials(form.need("username"), form.need("password"), form.get("otp"))
        question = await self.ask_person(form.need("user_code"), shown, address_of(current()))
        client = self.identify.public.get(question.client, question.client)
        return pages.decision(question, client)

    async def _decide(self, form: Form) -> str:
        approve = form.get("decision") == "approve"
        await self.decide_with_ticket(form.get("ticket"), approve=approve)
        return pages.decided(approved=approve)


def _shown(user_code: str) -> str:
    """The code that somebody gave as the page shows it; nothing that can be no code gets into a page."""
    code = devices.normalised(user_code)
    return devices.shown(code) if code else ""


def _html(page: str) -> HttpBody:
    return HttpBody(content_type="text/html; charset=utf-8", data=page.encode())
