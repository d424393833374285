"""Libraries that few requests need and that load slowly: they load when first used, not at the start."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


def late(name: str) -> ModuleType:
    """Return the module `name`, loaded when the first of its attributes is read.

    Raises:
        ModuleNotFoundError: there is no such module; that is known at once.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
