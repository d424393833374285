"""What the built widget costs a page: the limits of the product, held on the files as they are served."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.needs import need

VISITOR = Path(__file__).resolve().parents[2] / "widgets" / "visitor"
LOADER_KIB_MAX = 5
CHAT_KIB_MAX = 25
LATER_KIB_MAX = 3  # what few visitors load: asking to be called back


def test_the_loader_and_an_open_chat_stay_within_their_weight() -> None:
    need((VISITOR / "dist" / "v1.js").exists(), "the widget is not built: run `make build`")
    need(shutil.which("node"), "there is no Node")
    answer = subprocess.run(["node", VISITOR / "size.mjs"], check=True, capture_output=True, text=True)
    sizes = json.loads(answer.stdout)
    assert set(sizes) == {"loader_kib_gz", "chat_kib_gz", "later_kib_gz", "voice_kib_gz"}
    assert sizes["loader_kib_gz"] <= LOADER_KIB_MAX
    assert sizes["chat_kib_gz"] <= CHAT_KIB_MAX
    assert sizes["later_kib_gz"] <= LATER_KIB_MAX
