"""`malha.identity.v1.UserService`: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from malha.identity.v1 import user_service_pb2 as pb
from malha.identity.v1.user_service_pb2_grpc import UserServiceServicer

from services.identity.directory.convert import id_of, user_from_proto, user_to_proto
from services.identity.directory.domain.passwords import one_time_password
from services.identity.directory.ports import Passwords, Unit, Units
from services.identity.directory.rpc.caller import actor
from services.identity.directory.rpc.masks import masked
from services.identity.directory.rpc.once import Once
from services.identity.directory.usecases.users import Users
from services.runtime.listing import OrderTerm, requests
from services.runtime.listing.fields import BOOLEAN, STRING, TIMESTAMP
from services.runtime.listing.page import Listing

LISTING = Listing(
    method="ListUsers",
    fields={
        "name": STRING,
        "username": STRING,
        "display_name": STRING,
        "email": STRING,
        "disabled": BOOLEAN,
        "create_time": TIMESTAMP,
    },
    order_types={"username": str, "display_name": str, "create_time": datetime},
    default_order=(OrderTerm("username"),),
)
_CHANGEABLE = ("display_name", "email", "disabled")


@dataclass(frozen=True, kw_only=True)
class UserRpcs(UserServiceServicer):
    """The rpcs about users."""

    units: Units
    once: Once
    users: Users
    passwords: Passwords

    async def GetUser(self, request: pb.GetUserRequest, context: object) -> pb.GetUserResponse:
        async with self.units.unit(actor().tenant) as unit:
            user = await self.users.get(unit, id_of(request.name))
        return pb.GetUserResponse(user=user_to_proto(user))

    async def ListUsers(self, request: pb.ListUsersRequest, context: object) -> pb.ListUsersResponse:
        page = requests.read(LISTING, request)
        async with self.units.unit(actor().tenant) as unit:
            found = await unit.users.list(page)
        entries, token = requests.cut(found, page, getattr, lambda user: user.id)
        return pb.ListUsersResponse(users=map(user_to_proto, entries), next_page_token=token)

    async def CreateUser(self, request: pb.CreateUserRequest, context: object) -> pb.CreateUserResponse:
        password = one_time_password()
        kept = await self.passwords.hash(password)

        async def change(unit: Unit) -> pb.CreateUserResponse:
            user = await self.users.create(unit, user_from_proto(request.user), kept)
            return pb.CreateUserResponse(user=user_to_proto(user), one_time_password=password)

        return await self.once.secretly(request, pb.CreateUserResponse, change)

    async def UpdateUser(self, request: pb.UpdateUserRequest, context: object) -> pb.UpdateUserResponse:
        fields = masked(request.update_mask, request.user, _CHANGEABLE)

        async def change(unit: Unit) -> pb.UpdateUserResponse:
            user = await self.users.update(unit, actor(), user_from_proto(request.user), fields)
            return pb.UpdateUserResponse(user=user_to_proto(user))

        return await self.once(request, pb.UpdateUserResponse, change)

    async def DeleteUser(self, request: pb.DeleteUserRequest, context: object) -> pb.DeleteUserResponse:
        async def change(unit: Unit) -> pb.DeleteUserResponse:
            await self.users.delete(unit, actor(), id_of(request.name))
            return pb.DeleteUserResponse()

        return await self.once(request, pb.DeleteUserResponse, change)

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: object) -> pb.ResetPasswordResponse:
        password = one_time_password()
        kept = await self.passwords.hash(password)

        async def change(unit: Unit) -> pb.ResetPasswordResponse:
            await self.users.reset_password(
                unit, actor(), id_of(request.name), kept, remove_second_factor=request.remove_second_factor
            )
            return pb.ResetPasswordResponse(one_time_password=password)

        return await self.once.secretly(request, pb.ResetPasswordResponse, change)
