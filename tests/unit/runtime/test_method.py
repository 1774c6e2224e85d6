"""What a contract must say of each method, and what it may promise of caching."""

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.duration_pb2 import Duration
from malha.policy.v1 import policy_pb2

from services.runtime.method import ContractIncomplete, Method, Shape, describe

SERVICE = "malha.test_method.v1.ShelfService"


def _options(lifetime: int, stale: int, level: MethodOptions.IdempotencyLevel.ValueType) -> MethodOptions:
    options = MethodOptions(idempotency_level=level)
    options.Extensions[policy_pb2.method].CopyFrom(
        policy_pb2.MethodPolicy(
            permission="test.shelf.read",
            timeout=Duration(seconds=5),
            cache_lifetime=Duration(seconds=lifetime) if lifetime else None,
            stale_if_error=Duration(seconds=stale) if stale else None,
        )
    )
    return options


READS, WRITES = MethodOptions.NO_SIDE_EFFECTS, MethodOptions.IDEMPOTENT
METHODS = {
    "Cached": _options(60, 0, READS),
    "Fallback": _options(60, 3600, READS),
    "Fresh": _options(0, 0, READS),
    "Writing": _options(60, 0, WRITES),
    "OnlyOld": _options(0, 60, READS),
    "Bare": MethodOptions(),
}


@pytest.fixture(scope="module", autouse=True)
def contract() -> None:
    """A contract of the test's own, among the compiled ones."""
    file = descriptor_pb2.FileDescriptorProto(
        name="malha/test_method/v1/shelf.proto", package="malha.test_method.v1", syntax="proto3",
        dependency=["malha/policy/v1/policy.proto"],
        message_type=[descriptor_pb2.DescriptorProto(name="Nothing")],
    )  # fmt: skip
    service = file.service.add(name="ShelfService")
    for name, options in METHODS.items():
        service.method.add(name=name, input_type="Nothing", output_type="Nothing", options=options)
    descriptor_pool.Default().AddSerializedFile(file.SerializeToString())


def _describe(name: str, shape: Shape = Shape.UNARY_UNARY) -> Method:
    return describe(SERVICE, name, shape, bytes)


@pytest.mark.parametrize(("name", "times"), [("Cached", (60, 0)), ("Fallback", (60, 3600)), ("Fresh", (0, 0))])
def test_a_reading_method_may_declare_how_long_its_answers_serve(name: str, times: tuple[int, int]) -> None:
    method = _describe(name)
    assert (method.cache_lifetime, method.stale_if_error) == times


@pytest.mark.parametrize(
    ("name", "shape"),
    [("Writing", Shape.UNARY_UNARY), ("OnlyOld", Shape.UNARY_UNARY), ("Cached", Shape.UNARY_STREAM)],
)
def test_a_method_whose_answers_may_not_be_cached_does_not_build(name: str, shape: Shape) -> None:
    with pytest.raises(ContractIncomplete, match="may not be cached"):
        _describe(name, shape)


def test_a_method_without_policy_does_not_build() -> None:
    with pytest.raises(ContractIncomplete, match="policy"):
        _describe("Bare")
