"""A machine without what a test needs: skipped at home, failed on CI."""

from __future__ import annotations

import pytest

from tests.needs import need


@pytest.mark.parametrize("ci", [None, "", "false"])
def test_what_is_missing_at_home_is_skipped(monkeypatch: pytest.MonkeyPatch, ci: str | None) -> None:
    monkeypatch.delenv("CI", raising=False)
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.skip.Exception, match="apt install"):
        need(None, "no Chromium: apt install chromium")


@pytest.mark.parametrize("ci", ["true", "1", "TRUE"])
def test_what_is_missing_on_ci_fails(monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.fail.Exception, match="nothing is skipped"):
        need(False, "no Chromium: apt install chromium")


def test_what_is_there_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    need("/usr/bin/chromium", "no Chromium")
