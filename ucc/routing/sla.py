"""SLA policies: the targets that queues follow; work that queues from a change on has the new ones."""

from __future__ import annotations

from typing import Any

import msgspec

from ucc.domain.people import SlaPolicy, SlaPolicyWrite
from ucc.routing.followed import FollowedDesk, Kind
from ucc.routing.policies import check_name
from ucc.routing.store import queries
from ucc.routing.targets import check_policy

SlaDesk = FollowedDesk[SlaPolicy, SlaPolicyWrite]


def _columns(write: SlaPolicyWrite) -> dict[str, Any]:
    check_policy(write)
    return msgspec.structs.asdict(write) | {"name": check_name(write.name)}


SLA_POLICIES: Kind[SlaPolicy, SlaPolicyWrite] = Kind(
    word="SLA policy",
    table="sla_policy",
    lists="sla_policies",
    rows=queries.list_sla_policies,
    adding=queries.add_sla_policy,
    changing=queries.change_sla_policy,
    removing=queries.delete_sla_policy,
    columns=_columns,
    shown=lambda row: msgspec.convert(dict(row), SlaPolicy),
)
