"""SLA policies, purely: what cannot be promised, and the engine's clocks of what can."""

from __future__ import annotations

from collections.abc import Sequence

from ucc.domain.engine import SlaTarget
from ucc.domain.errors import BadInput
from ucc.domain.people import SlaPolicyWrite
from ucc.domain.states import SlaClock, SlaPause

ANSWER_S_MAX = 86_400
RESPONSE_S_MAX = 7 * 86_400
RESOLUTION_S_MAX = 30 * 86_400
# An answer given meets the clock of a response: there is nothing left to stop.
RESPONSE_PAUSES = (SlaPause.PARKED, SlaPause.CONTACT_LOST, SlaPause.WRAPPING)


def check_policy(write: SlaPolicyWrite) -> None:
    """Refuse a policy that cannot be kept or meant.

    Raises:
        BadInput: a figure is outside its limits or before one it follows, or a pause is not allowed or twice;
            the text names the field, what was found and what is allowed.
    """
    first_s = write.answer_s if write.first_response_s is None else write.first_response_s
    limits = [
        ("answer_s", write.answer_s, 1, ANSWER_S_MAX),
        ("answer_percent", write.answer_percent, 1, 100),
        ("first_response_s", write.first_response_s, write.answer_s, RESPONSE_S_MAX),
        ("next_response_s", write.next_response_s, 1, RESPONSE_S_MAX),
        ("resolution_s", write.resolution_s, first_s, RESOLUTION_S_MAX),
        ("warn_percent", write.warn_percent, 1, 99),
    ]
    for field, found, least, most in limits:
        if found is not None and not least <= found <= most:
            raise BadInput(f"{field} is {found}; allowed are {least} to {most}", field=field)
    _check_pauses("response_pauses", write.response_pauses, RESPONSE_PAUSES)
    _check_pauses("resolution_pauses", write.resolution_pauses, tuple(SlaPause))


def _check_pauses(field: str, pauses: list[SlaPause], allowed: Sequence[SlaPause]) -> None:
    for place, pause in enumerate(pauses):
        if pause not in allowed or pause in pauses[:place]:
            path = f"{field}[{place}]"
            raise BadInput(f"{path} is {pause}; allowed are {', '.join(allowed)}, each once", field=path)


def targets_of(policy: SlaPolicyWrite) -> list[SlaTarget]:
    """Return the clocks of a policy, in the order of R62."""
    named: tuple[tuple[SlaClock, int | None, list[SlaPause]], ...] = (
        (SlaClock.ANSWER, policy.answer_s, []),
        (SlaClock.FIRST_RESPONSE, policy.first_response_s, policy.response_pauses),
        (SlaClock.NEXT_RESPONSE, policy.next_response_s, policy.response_pauses),
        (SlaClock.RESOLUTION, policy.resolution_s, policy.resolution_pauses),
    )
    return [
        SlaTarget(
            clock=clock,
            target_ms=target_s * 1000,
            warn_after_ms=None if policy.warn_percent is None else target_s * 10 * policy.warn_percent,
            pauses=[*pauses],
        )
        for clock, target_s, pauses in named
        if target_s is not None
    ]
