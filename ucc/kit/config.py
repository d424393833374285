"""Settings from the environment, read once; nothing else in the project looks at it."""

from __future__ import annotations

import ipaddress
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

PREFIX = "UCC_"
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["console", "json"]


class SetupError(Exception):
    """The node cannot work as it is set up; the text names the reason and the remedy, for the operator."""


class BadSetting(SetupError):
    """A setting has a value that cannot work; the text names the setting, what was found and the remedy."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting of a node. The environment name is UCC_ and the field in capitals."""

    port: Annotated[int, Meta(description="TCP port of the web door", ge=1, le=65535)] = 8080
    host: Annotated[str, Meta(description="address the web door listens on")] = "127.0.0.1"
    public_url: Annotated[str | None, Meta(description="https address browsers use, behind a proxy")] = None
    data_dir: Annotated[Path, Meta(description="folder of the embedded servers and of stored files")]
    database_url: Annotated[str | None, Meta(description="outside PostgreSQL; unset: the embedded one")] = (
        None
    )
    nats_url: Annotated[str | None, Meta(description="outside NATS; unset: the embedded one")] = None
    files_url: Annotated[str | None, Meta(description="file:// or s3:// of attachments; unset: data_dir")] = (
        None
    )
    demo: Annotated[bool, Meta(description="1: demo tenant with known passwords, loopback only")] = False
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="networks whose X-Forwarded-* headers are believed, by comma")
    ] = ()
    metrics_networks: Annotated[
        tuple[str, ...], Meta(description="networks that may read /metrics, by comma")
    ] = ("127.0.0.0/8", "::1/128")
    app_connections: Annotated[int, Meta(description="database connections for requests", ge=1, le=500)] = 8
    node_connections: Annotated[int, Meta(description="database connections for the node", ge=1, le=500)] = 6
    journal_days: Annotated[int, Meta(description="days that 'why' reaches back", ge=1, le=3650)] = 90
    log_level: Annotated[LogLevel, Meta(description="least severity logged")] = "info"
    log_format: Annotated[LogFormat, Meta(description="console for people, json for machines")] = "console"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, is_root: bool = False) -> Settings:
        """Read the settings of `environ`; an empty variable counts as unset.

        Raises:
            BadSetting: a value cannot work, or an UCC_ name is not a setting.
        """
        names = {variable_of(field): field for field in cls.__struct_fields__}
        given = {key: value for key, value in environ.items() if key.startswith(PREFIX) and value.strip()}
        if unknown := sorted(set(given) - set(names)):
            raise BadSetting(f"{', '.join(unknown)}: no such setting; `ucc doctor` lists them all")
        hints = get_type_hints(cls, include_extras=True)
        values: dict[str, object] = {"data_dir": default_data_dir(environ, is_root=is_root)}
        for name, text in given.items():
            try:
                values[names[name]] = _parse(text.strip(), hints[names[name]])
            except msgspec.ValidationError as error:
                raise BadSetting(f"{name}={text}: {error}") from error
        settings = cls(**values)  # type: ignore[arg-type]  # each value was converted to its field's type
        settings._check()
        return settings

    def _check(self) -> None:
        """Raise BadSetting for values that contradict each other."""
        for field in ("trusted_proxies", "metrics_networks"):
            for network in getattr(self, field):
                try:
                    ipaddress.ip_network(network)
                except ValueError as error:
                    raise BadSetting(
                        f"{variable_of(field)}: {error}; give networks like 10.0.0.0/8"
                    ) from error
        if self.public_url is not None:
            parts = urlsplit(self.public_url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
                raise BadSetting(
                    f"UCC_PUBLIC_URL={self.public_url}: give scheme and host, like https://ucc.example"
                )
            if parts.scheme == "http" and not is_loopback(parts.hostname):
                raise BadSetting(_PLAIN_HTTP.format(what=f"UCC_PUBLIC_URL={self.public_url}"))
        elif not is_loopback(self.host):
            raise BadSetting(_PLAIN_HTTP.format(what=f"UCC_HOST={self.host} without UCC_PUBLIC_URL"))
        if self.demo and not self.is_local:
            raise BadSetting(
                "UCC_DEMO=1 is refused off loopback: its passwords are public. "
                "Unset UCC_DEMO and make a tenant with `ucc tenant create`, or listen on 127.0.0.1"
            )

    @property
    def is_local(self) -> bool:
        """Say whether only this machine can reach the door."""
        public = urlsplit(self.public_url).hostname if self.public_url else None
        return is_loopback(self.host) and (public is None or is_loopback(public))

    @property
    def is_https(self) -> bool:
        """Say whether browsers come over HTTPS (cookies are `__Host-` then)."""
        return bool(self.public_url and self.public_url.startswith("https://"))

    @property
    def origin(self) -> str:
        """Return scheme, host and port as browsers see this node."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


_PLAIN_HTTP = (
    "{what}: refused, because browsers keep `__Host-` cookies only over HTTPS: nobody could stay signed in. "
    "Put a proxy with a certificate in front and set UCC_PUBLIC_URL=https://… , or listen on 127.0.0.1"
)


def variable_of(field: str) -> str:
    """Return the environment name of a field of Settings."""
    return PREFIX + field.upper()


def is_loopback(host: str) -> bool:
    """Say whether `host` can only be reached from this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def default_data_dir(environ: Mapping[str, str], *, is_root: bool) -> Path:
    """Return where data lives when UCC_DATA_DIR is unset: PostgreSQL, run as nobody, must get there too."""
    if is_root:
        return Path("/var/lib/ucc")
    if home := environ.get("XDG_DATA_HOME"):
        return Path(home) / "ucc"
    if home := environ.get("HOME"):
        return Path(home) / ".local/share/ucc"
    return Path(tempfile.gettempdir()) / "ucc-data"


def _parse(text: str, kind: object) -> object:
    """Turn the text of a variable into `kind`, without quotes or guesses."""
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(base) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if base is Path:
        return Path(text).expanduser().absolute()
    return msgspec.convert(text, kind, strict=False)
