"""What the door hands to its handlers: every room of this node, built once by ucc.app."""

from __future__ import annotations

from dataclasses import dataclass

from ucc.agents.service import Agents
from ucc.contacts.service import Contacts
from ucc.conversations.service import Conversations
from ucc.kit.bus import Bus
from ucc.kit.config import Settings
from ucc.kit.db import Database
from ucc.kit.files import Files
from ucc.kit.ids import Ids
from ucc.kit.tasks import Tasks
from ucc.routing.service import Routing
from ucc.simulations.service import Simulations
from ucc.tenants.service import Tenants


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """One node's rooms, lowest first. A handler asks for it by a parameter `rooms: Rooms`."""

    settings: Settings
    database: Database
    ids: Ids
    bus: Bus
    tasks: Tasks
    files: Files
    tenants: Tenants
    agents: Agents
    contacts: Contacts
    routing: Routing
    conversations: Conversations
    simulations: Simulations
