"""What docs/security.md says of roles is what the code holds."""

from __future__ import annotations

import re
from pathlib import Path

from ucc.tenants.rules import ROLES

DOCS = Path(__file__).parents[2] / "docs" / "security.md"


def test_the_table_of_permissions_is_true():
    told: dict[str, set[str]] = {role: set() for role in ROLES}
    for line in DOCS.read_text(encoding="utf8").splitlines():
        if line.startswith("| `"):
            permissions, *marks = [cell.strip() for cell in line.strip("|").split("|")]
            for role, mark in zip(ROLES, marks, strict=True):
                if mark:
                    told[role] |= set(re.findall(r"`(\w+\.\w+)`", permissions))
    assert told == {role: set(held) for role, held in ROLES.items()}


def test_every_test_it_names_exists():
    here = Path(__file__).parents[1]
    names = re.findall(r"`(test_\w+[a-z])`", DOCS.read_text(encoding="utf8"))
    code = "".join(path.read_text(encoding="utf8") for path in here.rglob("test_*.py"))
    assert names
    assert [name for name in names if f"def {name}(" not in code] == []
