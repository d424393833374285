"""Tables of a file: every value is asked for by name, and what does not fit is told with its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn, ParamSpec

import msgspec

from ucc.domain.errors import BadInput

Args = ParamSpec("Args")


class Fault(msgspec.Struct, frozen=True):
    """One field that was refused."""

    field: str  # its path
    detail: str  # names the path, what was found and what is allowed


class Faults:
    """Gathers refusals of fields that do not depend on each other, so that all of them are told at once."""

    def __init__(self) -> None:
        self._all: list[Fault] = []

    def take(self, check: Callable[Args, object], *args: Args.args, **kwargs: Args.kwargs) -> None:
        """Run a check and keep what it refuses."""
        try:
            check(*args, **kwargs)
        except BadInput as error:
            told = error.found.get("faults")
            alone = Fault(str(error.found.get("field", "")), error.detail)
            self._all += told if isinstance(told, list) else [alone]

    def tell(self) -> None:
        """Refuse what was kept.

        Raises:
            BadInput: Names the first field; with several, `faults` holds each of them.

        """
        if not self._all:
            return
        more = {"faults": self._all} if len(self._all) > 1 else {}
        raise BadInput("; ".join(one.detail for one in self._all), field=self._all[0].field, **more)


def refuse(path: str, found: object, allowed: str) -> NoReturn:
    """Refuse a value.

    Raises:
        BadInput: Always.

    """
    shown = repr(found)
    raise BadInput(
        f"{path}: found {shown if len(shown) <= 80 else shown[:77] + '…'}, allowed is {allowed}", field=path
    )


class Table:
    """A table and where it stands. Unknown names are refused at once."""

    def __init__(self, path: str, values: object, names: tuple[str, ...]) -> None:
        if not isinstance(values, dict):
            refuse(path, values, f"a table with {', '.join(names)}")
        self.path = path
        self._values: dict[str, object] = values
        for name in values:
            if name not in names:
                refuse(self.at(name), values[name], f"one of the names {', '.join(names)}")

    def at(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        """Say whether a field is given."""
        return name in self._values

    def get(self, name: str, allowed: str) -> object:
        """Return a field that must be there."""
        if name not in self._values:
            raise BadInput(f"{self.at(name)}: found nothing, allowed is {allowed}", field=self.at(name))
        return self._values[name]

    def number(
        self, name: str, least: float, most: float, *, default: float | None = None, is_open: bool = False
    ) -> float:
        """Return a number from `least` (beyond it, if `is_open`) to `most`."""
        if default is not None and name not in self._values:
            return default
        value = self.get(name, _range(least, most, is_open))
        return number(self.at(name), value, least, most, is_open=is_open)

    def whole(self, name: str, least: int, most: int, *, default: int | None = None) -> int:
        """Return a whole number from `least` to `most`."""
        if default is not None and name not in self._values:
            return default
        value = self.get(name, f"a whole number from {least} to {most}")
        return whole(self.at(name), value, least, most)

    def word(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return a text that is one of these."""
        value = self.get(name, f"one of {', '.join(allowed)}")
        if value not in allowed:
            refuse(self.at(name), value, f"one of {', '.join(allowed)}")
        return str(value)

    def text(self, name: str) -> str:
        """Return a text that is not empty."""
        value = self.get(name, "a name")
        if not isinstance(value, str) or not value:
            refuse(self.at(name), value, "a name")
        return value

    def items(self, name: str, allowed: str, most: int) -> list[tuple[str, object]]:
        """Return the path and value of each item of a list."""
        value = self.get(name, allowed)
        if not isinstance(value, list) or len(value) > most:
            refuse(self.at(name), value, f"{allowed}, at most {most}")
        return [(f"{self.at(name)}[{place}]", item) for place, item in enumerate(value)]

    def each_period(self, name: str, periods: int) -> Iterator[tuple[str, object]]:
        """Yield the path and value of every period: one value is that of all."""
        allowed = f"a number, or a list of {periods}, one a period"
        value = self.get(name, allowed)
        if not isinstance(value, list):
            yield from ((self.at(name), value) for _ in range(periods))
            return
        if len(value) != periods:
            refuse(self.at(name), value, f"{allowed}, not of {len(value)}")
        for place, item in enumerate(value):
            yield f"{self.at(name)}[{place}]", item


def number(path: str, value: object, least: float, most: float, *, is_open: bool = False) -> float:
    """Return a value as a number from `least` to `most`."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not (least < value if is_open else least <= value) or not value <= most:  # type: ignore[operator]
        refuse(path, value, _range(least, most, is_open))
    return float(value)  # type: ignore[arg-type]


def whole(path: str, value: object, least: int, most: int) -> int:
    """Return a value as a whole number from `least` to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        refuse(path, value, f"a whole number from {least} to {most}")
    return value


def within(path: str, found: int | None, least: int, most: int) -> None:
    """Refuse a whole number outside its limits; None is none."""
    if found is not None and not least <= found <= most:
        refuse(path, found, f"a whole number from {least} to {most}")


def _range(least: float, most: float, is_open: bool) -> str:
    return f"a number {'above' if is_open else 'from'} {plain(least)} to {plain(most)}"


def plain(value: float) -> str:
    """Return a number as people write it: 10000000, not 1e+07."""
    return f"{value:.0f}" if value == round(value) else str(value)
