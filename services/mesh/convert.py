"""Between the supervisor's values and the messages of `malha.mesh.v1`, both directions side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.mesh.v1 import deployment_pb2, topology_pb2

from services.mesh.deployment.model import CanaryPlan, DeploymentState, Strategy
from services.mesh.supervisor.view import ReplicaState
from services.mesh.times import duration, seconds, timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from google.protobuf.duration_pb2 import Duration
    from google.protobuf.timestamp_pb2 import Timestamp

    from services.mesh.deployment.model import CanaryEvidence, Deployment
    from services.mesh.supervisor.view import (
        AlarmView,
        ComponentView,
        EndpointView,
        IdentityView,
        ReplicaView,
        TopologyView,
        VersionView,
    )

REPLICA_STATES = {
    ReplicaState.STOPPED: topology_pb2.REPLICA_STATE_STOPPED,
    ReplicaState.STARTING: topology_pb2.REPLICA_STATE_STARTING,
    ReplicaState.READY: topology_pb2.REPLICA_STATE_READY,
    ReplicaState.UNREADY: topology_pb2.REPLICA_STATE_UNREADY,
    ReplicaState.BACKING_OFF: topology_pb2.REPLICA_STATE_BACKING_OFF,
    ReplicaState.DRAINING: topology_pb2.REPLICA_STATE_DRAINING,
}
STRATEGIES = {
    Strategy.ROLLING: deployment_pb2.STRATEGY_ROLLING,
    Strategy.BLUE_GREEN: deployment_pb2.STRATEGY_BLUE_GREEN,
    Strategy.CANARY: deployment_pb2.STRATEGY_CANARY,
}
DEPLOYMENT_STATES = {
    DeploymentState.RUNNING: deployment_pb2.DEPLOYMENT_STATE_RUNNING,
    DeploymentState.SUCCEEDED: deployment_pb2.DEPLOYMENT_STATE_SUCCEEDED,
    DeploymentState.ROLLING_BACK: deployment_pb2.DEPLOYMENT_STATE_ROLLING_BACK,
    DeploymentState.ROLLED_BACK: deployment_pb2.DEPLOYMENT_STATE_ROLLED_BACK,
}
_STRATEGY_OF = {number: strategy for strategy, number in STRATEGIES.items()}
_DEFAULT_PLAN = CanaryPlan()


def topology_to_proto(view: TopologyView) -> topology_pb2.Topology:
    """The mesh at one moment."""
    return topology_pb2.Topology(
        profile=view.profile,
        ready=view.ready,
        proven=view.proven,
        supervisor_pid=view.supervisor_pid,
        edge_address=view.edge_address,
        plaintext_address=view.plaintext_address,
        inner_address=view.inner_address,
        components=[component_to_proto(component) for component in view.components],
        alarms=[_alarm_to_proto(alarm) for alarm in view.alarms],
    )


def component_to_proto(view: ComponentView) -> topology_pb2.Component:
    """A component with its replicas."""
    return topology_pb2.Component(
        name=view.name,
        ready=view.ready,
        version=view.version,
        wanted_replicas=view.wanted_replicas,
        replicas=[_replica_to_proto(replica) for replica in view.replicas],
    )


def endpoint_to_proto(view: EndpointView) -> topology_pb2.Endpoint:
    """An endpoint."""
    return topology_pb2.Endpoint(
        service=view.service,
        replica=view.replica,
        address=view.address,
        version=view.version,
        zone=view.zone,
        weight=view.weight,
        published=view.published,
        draining=view.draining,
        healthy=view.healthy,
        stale=view.stale,
    )


def identity_to_proto(view: IdentityView) -> topology_pb2.Identity:
    """A workload's certificate."""
    return topology_pb2.Identity(
        workload=view.workload, spiffe_id=view.spiffe_id, serial=view.serial, not_after=_time(view.not_after)
    )


def version_to_proto(view: VersionView) -> deployment_pb2.Version:
    """A version; the working tree has no time."""
    return deployment_pb2.Version(
        service=view.service,
        version=view.version,
        sha256=view.sha256,
        create_time=_time(view.create_time),
        current=view.current,
    )


def deployment_to_proto(deployment: Deployment) -> deployment_pb2.Deployment:
    """A deployment, with its evidence where it has any."""
    return deployment_pb2.Deployment(
        name=deployment.name,
        service=deployment.service,
        from_version=deployment.from_version,
        to_version=deployment.to_version,
        strategy=STRATEGIES[deployment.strategy],
        state=DEPLOYMENT_STATES[deployment.state],
        message=deployment.message,
        create_time=_time(deployment.create_time),
        end_time=_time(deployment.end_time),
        new_replicas=deployment.new_replicas,
        old_replicas=deployment.old_replicas,
        evidence=_evidence_to_proto(deployment.evidence) if deployment.evidence else None,
    )


def strategy_from_proto(number: deployment_pb2.Strategy.ValueType) -> Strategy:
    """The strategy; the contract has refused what is none."""
    return _STRATEGY_OF[number]


def plan_from_proto(plan: deployment_pb2.CanaryPlan) -> CanaryPlan:
    """A canary's plan; what is zero or absent has its default."""
    return CanaryPlan(
        percent=plan.percent or _DEFAULT_PLAN.percent,
        min_calls=plan.min_calls or _DEFAULT_PLAN.min_calls,
        min_seconds=seconds(plan.min_time) if plan.HasField("min_time") else _DEFAULT_PLAN.min_seconds,
        max_seconds=seconds(plan.max_time) if plan.HasField("max_time") else _DEFAULT_PLAN.max_seconds,
    )


def plan_to_proto(plan: CanaryPlan) -> deployment_pb2.CanaryPlan:
    """A canary's plan, every field said; the share is in whole percents."""
    return deployment_pb2.CanaryPlan(
        percent=round(plan.percent),
        min_calls=plan.min_calls,
        min_time=duration(plan.min_seconds),
        max_time=duration(plan.max_seconds),
    )


def _alarm_to_proto(view: AlarmView) -> topology_pb2.Alarm:
    return topology_pb2.Alarm(kind=view.kind, message=view.message, since=_time(view.since))


def _replica_to_proto(view: ReplicaView) -> topology_pb2.Replica:
    return topology_pb2.Replica(
        name=view.name,
        pid=view.pid or 0,
        address=view.address,
        ready=view.ready,
        state=REPLICA_STATES[view.state],
        restarts=view.restarts,
        version=view.version,
        zone=view.zone,
    )


def _evidence_to_proto(evidence: CanaryEvidence) -> deployment_pb2.CanaryEvidence:
    return deployment_pb2.CanaryEvidence(
        canary_calls=evidence.canary_calls,
        canary_failures=evidence.canary_failures,
        canary_p50=_duration(evidence.canary_p50),
        canary_p95=_duration(evidence.canary_p95),
        baseline_calls=evidence.baseline_calls,
        baseline_failures=evidence.baseline_failures,
        baseline_p50=_duration(evidence.baseline_p50),
        baseline_p95=_duration(evidence.baseline_p95),
        failure_e_value=evidence.failure_e_value,
        latency_e_value=evidence.latency_e_value,
    )


def _time(value: datetime | None) -> Timestamp | None:
    return None if value is None else timestamp(value)


def _duration(value: float | None) -> Duration | None:
    return None if value is None else duration(value)
