"""Names people give to things."""

from __future__ import annotations

from ucc.domain.errors import BadInput

NAME_CHARACTERS_MAX = 80


def checked_name(name: str, limit: int = NAME_CHARACTERS_MAX) -> str:
    """Return a name without spaces around it.

    Raises:
        BadInput: it is empty, too long, or holds control characters.
    """
    clean = name.strip()
    if not 0 < len(clean) <= limit:
        raise BadInput(f"name is {len(clean)} characters, allowed 1 to {limit}", field="name")
    if not clean.isprintable():
        raise BadInput("name holds characters nobody can see", field="name")
    return clean
