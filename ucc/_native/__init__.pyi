"""The parts of UCC written in Rust; one submodule a part."""

from . import engine as engine
from . import figures as figures
from . import simulate as simulate
