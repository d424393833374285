"""Settings: read once, unknown and unsafe ones refused by name with the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from ucc.kit.config import BadSetting, Settings, is_loopback, variable_of

HOME = {"HOME": "/home/mei"}


def test_nothing_set_gives_a_loopback_node_with_embedded_servers() -> None:
    settings = Settings.from_environ(HOME)
    assert (settings.host, settings.port, settings.database_url, settings.nats_url) == (
        "127.0.0.1",
        8080,
        None,
        None,
    )
    assert settings.data_dir == Path("/home/mei/.local/share/ucc")
    assert not settings.demo
    assert settings.origin == "http://127.0.0.1:8080"


def test_root_keeps_data_where_nobody_can_pass() -> None:
    assert Settings.from_environ(HOME, is_root=True).data_dir == Path("/var/lib/ucc")


def test_values_are_read_with_their_types() -> None:
    settings = Settings.from_environ(
        {
            "UCC_PORT": "9000",
            "UCC_DEMO": "1",
            "UCC_DATA_DIR": "/srv/ucc",
            "UCC_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
        }
    )
    assert (settings.port, settings.demo, settings.data_dir) == (9000, True, Path("/srv/ucc"))
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings.from_environ({"UCC_PORT": "", "UCC_DATABASE_URL": " "}).database_url is None


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"UCC_PORT": "http"}, "UCC_PORT=http"),
        ({"UCC_PORT": "0"}, "UCC_PORT=0"),
        ({"UCC_PRT": "9000"}, "UCC_PRT: no such setting"),
        ({"UCC_LOG_LEVEL": "loud"}, "UCC_LOG_LEVEL=loud"),
        ({"UCC_TRUSTED_PROXIES": "everybody"}, "UCC_TRUSTED_PROXIES"),
        ({"UCC_METRICS_NETWORKS": "10.0.0.1/8"}, "UCC_METRICS_NETWORKS"),
        ({"UCC_PUBLIC_URL": "ucc.example"}, "give scheme and host"),
        ({"UCC_PUBLIC_URL": "http://ucc.example"}, "__Host-"),
        ({"UCC_HOST": "0.0.0.0"}, "set UCC_PUBLIC_URL=https://"),
        (
            {"UCC_DEMO": "1", "UCC_HOST": "0.0.0.0", "UCC_PUBLIC_URL": "https://ucc.example"},
            "UCC_DEMO=1 is refused",
        ),
        ({"UCC_DEMO": "1", "UCC_PUBLIC_URL": "https://ucc.example"}, "UCC_DEMO=1 is refused"),
    ],
)
def test_what_cannot_work_is_refused_by_name(environ: dict[str, str], told: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.from_environ(HOME | environ)
    assert told in str(caught.value)


def test_a_public_https_address_is_fine_behind_a_proxy() -> None:
    settings = Settings.from_environ(HOME | {"UCC_HOST": "0.0.0.0", "UCC_PUBLIC_URL": "https://ucc.example"})
    assert settings.is_https
    assert not settings.is_local
    assert settings.origin == "https://ucc.example"


@pytest.mark.parametrize(
    ("host", "answer"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("a.localhost", True), ("0.0.0.0", False), ("10.0.0.1", False), ("localhost.evil.example", False)],
)  # fmt: skip
def test_loopback_is_what_only_this_machine_reaches(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer


def test_every_setting_has_a_description_for_the_doctor() -> None:
    from typing import get_args, get_type_hints

    hints = get_type_hints(Settings, include_extras=True)
    for field in Settings.__struct_fields__:
        assert get_args(hints[field])[1].description, variable_of(field)
