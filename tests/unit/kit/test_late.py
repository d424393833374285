"""Libraries that load when first used: not before, whole then, and a missing one is known at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ucc.kit.late import late

HEAVY = ("liquid", "pypinyin", "holidays", "PIL.Image", "puremagic")


def test_a_missing_library_is_known_at_once() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        late("no_such_library")


def test_what_is_loaded_already_is_given_as_it_is() -> None:
    assert late("subprocess") is subprocess


def test_the_start_of_a_node_loads_none_of_the_heavy_ones() -> None:
    probe = (
        "import sys, ucc.serve\n"
        "from importlib.util import _LazyModule\n"
        "unused = (type(None), _LazyModule)\n"
        f"print([name for name in {HEAVY!r} if type(sys.modules.get(name)) not in unused])\n"
        "from ucc.conversations.catalogue.templates import liquid\n"
        "print(liquid.Environment.__name__)"
    )
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert out.stdout.split("\n")[:2] == ["[]", "Environment"]
