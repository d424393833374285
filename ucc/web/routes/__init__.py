"""The REST API, a file a room; each exports a `router` whose path has no /v1."""

from __future__ import annotations

from litestar import Router

from ucc.web.routes import (
    api_keys,
    attachments,
    audiences,
    audit,
    auth,
    contacts,
    conversations,
    dispositions,
    figures,
    hours,
    inboxes,
    interactions,
    offers,
    presence,
    queues,
    search,
    simulations,
    skills,
    sla,
    tags,
    templates,
    users,
    widget,
)

ROUTERS: list[Router] = [
    auth.router,
    users.router,
    skills.router,
    contacts.router,
    audiences.router,
    api_keys.router,
    audit.router,
    presence.router,
    offers.router,
    interactions.router,
    queues.router,
    figures.router,
    hours.router,
    sla.router,
    conversations.router,
    search.router,
    widget.router,
    attachments.router,
    inboxes.router,
    templates.router,
    tags.router,
    dispositions.router,
    simulations.router,
]
