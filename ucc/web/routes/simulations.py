"""Simulations: a recorded day or a forecast, with other people, skills or policies, beside how it was."""

from __future__ import annotations

from litestar import Router, delete, get, post

from ucc.domain.actor import Actor
from ucc.domain.simulation import RecordedDay, Simulation, SimulationWrite
from ucc.web.pages import Cursor, Limit, Page, decode_cursor, page_of
from ucc.web.rooms import Rooms

FIRST = (2**53, 2**53)


@get("/days", permission="reports.read")
async def list_recorded_days(rooms: Rooms, actor: Actor) -> Page[RecordedDay]:
    """List the days the journal holds (at most 100), the latest first."""
    return Page(items=await rooms.simulations.list_days(actor))


@get("/", permission="reports.read")
async def list_simulations(
    rooms: Rooms, actor: Actor, cursor: Cursor = None, limit: Limit = 20
) -> Page[Simulation]:
    """List simulations without their reports, the latest first."""
    before = decode_cursor(cursor, tuple[int, int]) or FIRST
    found = await rooms.simulations.list_page(actor, before=before, count=limit + 1)
    return page_of(found, limit, lambda one: (one.created_at_ms, one.id))


@post("/", permission="reports.read", status_code=202)
async def add_simulation(rooms: Rooms, actor: Actor, data: SimulationWrite) -> Simulation:
    """Ask for a simulation; it runs in the background, at most four of a tenant are not done at a time."""
    return await rooms.simulations.add(actor, data)


@get("/{simulation_id:int}", permission="reports.read")
async def read_simulation(rooms: Rooms, actor: Actor, simulation_id: int) -> Simulation:
    """Return a simulation: how far it is, then its report."""
    return await rooms.simulations.get(actor, simulation_id)


@delete("/{simulation_id:int}", permission="reports.read")
async def remove_simulation(rooms: Rooms, actor: Actor, simulation_id: int) -> None:
    """Remove a simulation; one that runs is ended."""
    await rooms.simulations.remove(actor, simulation_id)


router = Router(
    path="/simulations",
    tags=["reports"],
    route_handlers=[
        list_recorded_days,
        list_simulations,
        add_simulation,
        read_simulation,
        remove_simulation,
    ],
)
