"""Simulated days: what a supervisor asks for, and the report of every policy on the same contacts."""

from __future__ import annotations

import msgspec

from ucc.domain.people import Condition, RelaxationStep, Requirement, Struct, Write
from ucc.domain.states import AgentChoice, OverflowExit, QueueOrder, SimulationBasis, SimulationState


class Estimate(Struct, frozen=True, kw_only=True):
    """A figure and the half width of its 95 % confidence interval; None with a single replication."""

    mean: float
    half_width: float | None


NOBODY = Estimate(mean=0, half_width=None)  # of reports that were written before a figure was counted


class ServiceLevels(Struct, frozen=True, kw_only=True):
    """The four standard formulas; None where nobody is below the line."""

    of_arrived: Estimate | None  # in target ÷ arrived
    of_served: Estimate | None  # in target ÷ served
    without_early_abandoned: Estimate | None  # in target ÷ (arrived − abandoned within the target)
    early_abandoned_as_met: Estimate | None  # (in target + abandoned within the target) ÷ arrived


class Figures(Struct, frozen=True, kw_only=True):
    """Contacts by their period of arrival."""

    arrived: Estimate
    served: Estimate
    abandoned: Estimate
    diverted: Estimate = NOBODY  # left by their queue's exit
    blocked: Estimate
    unanswered: Estimate
    in_target: Estimate
    service_level: ServiceLevels
    asa_s: Estimate | None
    abandoned_wait_s: Estimate | None
    waiting: Estimate


class TypeReport(Struct, frozen=True, kw_only=True):
    """One type of contacts."""

    name: str
    in_all: Figures
    periods: list[Figures]


class GroupReport(Struct, frozen=True, kw_only=True):
    """One group of agents; of a recorded day, one agent."""

    name: str
    occupancy: Estimate | None
    staffed: Estimate
    periods: list[Estimate | None]


class PolicyReport(Struct, frozen=True, kw_only=True):
    """One policy on the day's contacts."""

    policy: str  # recorded (as it was), ours, edited, or a rival's
    in_all: Figures
    periods: list[Figures]
    types: list[TypeReport]
    groups: list[GroupReport]


class Gain(Struct, frozen=True, kw_only=True):
    """One policy minus another, on the same contacts."""

    policy: str
    against: str
    service_level: Estimate | None  # in target ÷ arrived
    asa_s: Estimate | None
    abandoned: Estimate | None  # abandoned ÷ arrived


class DayNotes(Struct, frozen=True, kw_only=True):
    """What a recorded day knows, and what had to be drawn because nobody saw it."""

    date: str  # of the tenant's time zone
    from_ms: int
    until_ms: int
    time_zone: str | None = None  # its IANA name; None: written before it was told
    contacts: int  # arrived
    agents: int  # took work at some time
    patience_seen: int  # left, so that their patience is known
    patience_censored: int  # did not leave: they would have waited at least as long as they did
    patience_mean_s: float | None  # drawn from beyond that; None: nobody left, so nobody ever leaves
    service_drawn: int  # never served, or not to the end: their times are drawn from the others'
    transfers: int  # to a named agent: nobody routed those, so they are left out


class SimulationReport(Struct, frozen=True, kw_only=True):
    """Every policy on the same contacts."""

    seed: int
    replications: int
    period_s: float
    contacts: int
    policies: list[PolicyReport]
    gains: list[Gain]
    recording: DayNotes | None = None


class Assumed(Struct, frozen=True, kw_only=True):
    """What is taken for granted of a day nobody recorded, for the queues and agents of today."""

    contacts_per_hour: int = 60  # in all queues together, each as many
    service_s: int = 240  # mean; the deviation is three quarters of it
    wrap_up_s: int = 30  # mean; 0: none
    patience_s: int = 180  # mean wait until somebody gives up
    from_time: str = "09:00"  # HH:MM: contacts come and agents are there from then
    until_time: str = "17:00"  # until then


class AgentsAdded(Struct, frozen=True, kw_only=True):
    """More people for some hours."""

    count: int = 1
    skills: dict[str, int] = {}  # skill id → level (JSON keys are text)
    from_time: str = "00:00"  # HH:MM of the day
    until_time: str = "24:00"


class AgentChanged(Struct, frozen=True, kw_only=True):
    """One of the day's agents with other skills, or away for some hours."""

    agent_id: int
    skills: dict[str, int] | None = None  # instead of all they have; None: as they were
    away_from_time: str | None = None  # HH:MM; both or none
    away_until_time: str | None = None


class OverflowChanged(Struct, frozen=True, kw_only=True):
    """Another overflow, whole; with nothing in it the queue has none."""

    queue_id: int | None = None  # where its work goes
    after_s: int | None = None  # of open time in the queue, 5–86400
    length: int | None = None  # with more than this waiting, what comes overflows at once
    exit: OverflowExit | None = None  # how contacts leave whom no queue can have


class QueueChanged(Struct, frozen=True, kw_only=True):
    """One of the day's queues with another policy; None: as it was."""

    queue_id: int
    requirement: list[Requirement] | None = None
    condition: Condition | None | msgspec.UnsetType = msgspec.UNSET  # left out: as it was; None: none
    relaxation: list[RelaxationStep] | None = None  # all steps; empty: none
    overflow: OverflowChanged | None = None
    order_by: QueueOrder | None = None
    share_per_hour: int | None = None
    agent_choice: AgentChoice | None = None
    reserve: int | None = None


class Edits(Struct, frozen=True, kw_only=True):
    """What is to be different; nothing: the day is only played again."""

    added: list[AgentsAdded] = []
    agents: list[AgentChanged] = []
    queues: list[QueueChanged] = []


class SimulationWrite(Write, frozen=True, kw_only=True):
    """A question: a day or a forecast, and what if."""

    date: str  # YYYY-MM-DD of the tenant's time zone; its people are there (assumed: any, it names the day)
    basis: SimulationBasis = SimulationBasis.DAY
    like: list[str] = []  # a forecast: more days whose contacts count, with the first
    volume: float = 1.0  # a forecast: times as many contacts
    assumed: Assumed | None = None  # basis assumed, and with nothing else
    edits: Edits = msgspec.field(default_factory=Edits)
    has_rivals: bool = False  # also other systems' habits
    replications: int = 20
    seed: int = 1


class Simulation(Struct, frozen=True, kw_only=True):
    """A simulation that was asked for."""

    id: int
    state: SimulationState
    progress: float  # 0 to 1
    write: SimulationWrite
    created_at_ms: int
    created_by: str | None
    ended_at_ms: int | None = None
    error: str | None = None  # of a failed one, for people
    report: SimulationReport | None = None  # of a done one; lists leave it out


class RecordedDay(Struct, frozen=True, kw_only=True):
    """A day the journal holds."""

    date: str
    contacts: int  # came to a queue that day
    is_whole: bool  # neither begun before the journal nor still running
