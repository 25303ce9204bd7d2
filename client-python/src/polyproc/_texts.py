"""Dates, decimals and UUIDs as texts that every language reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from uuid import UUID

from polyproc._errors import UnexpectedValue
from polyproc._values import OwnCodec, Resolver, Value, describe, wrong_type

T = TypeVar("T")

_MOST_DIGITS = 10_000
"""How many digits a decimal number has at most: Java reads more in quadratic time."""

_MOST_EXPONENT = 2**31 - 1


class _Text(OwnCodec[T]):
    """Objects by a text that every language reads: one text for equal objects."""

    def __init__(
        self,
        kind: type[T],
        expected: str,
        form: str,
        write: Callable[[T], str],
        read: Callable[[str], T],
    ) -> None:
        self._kind = kind
        self._expected = expected
        self._form = re.compile(form, re.ASCII | re.IGNORECASE)
        self._write = write
        self._read = read

    def fill(self, value: Value, obj: T, _levels: int, /) -> None:
        if not isinstance(obj, self._kind) or (self._kind is date and isinstance(obj, datetime)):
            raise wrong_type(self._kind.__qualname__, obj)
        value.text = self._write(obj)

    def read(self, value: Value, _resolve: Resolver | None, /) -> T:
        text = value.text
        if self._form.fullmatch(text):
            try:
                return self._read(text.upper())
            except (ValueError, OverflowError, InvalidOperation):
                pass  # It is another text.
        raise UnexpectedValue.of(self._expected, describe(value), value)


def _fraction(microsecond: int) -> str:
    """None, or 3 or 6 digits: as Java writes it."""
    if microsecond == 0:
        return ""
    return f".{microsecond // 1000:03}" if microsecond % 1000 == 0 else f".{microsecond:06}"


def _local_time(moment: time | datetime) -> str:
    """Without seconds that are 0, as Java writes it."""
    text = f"{moment.hour:02}:{moment.minute:02}"
    if moment.second == 0 and moment.microsecond == 0:
        return text
    return f"{text}:{moment.second:02}{_fraction(moment.microsecond)}"


def _write_datetime(moment: datetime) -> str:
    """With a zone as the instant in UTC, so that equal ones are one text; else without one."""
    if moment.utcoffset() is None:
        return f"{moment.date().isoformat()}T{_local_time(moment)}"
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(
            f"Expected a datetime that UTC has too, but {moment.isoformat()} is beyond the years 1"
            " to 9999 there"
        ) from None
    clock = f"{utc.hour:02}:{utc.minute:02}:{utc.second:02}{_fraction(utc.microsecond)}"
    return f"{utc.date().isoformat()}T{clock}Z"


def _write_time(moment: time) -> str:
    if moment.tzinfo is not None:
        raise ValueError(
            f"Expected a time without a zone, but it has {moment.tzinfo}; write a datetime"
        )
    return _local_time(moment)


_MICROSECOND = timedelta(microseconds=1)


def _write_timedelta(duration: timedelta) -> str:
    """As Java writes a Duration: hours, minutes and seconds, each with the sign."""
    micros = duration // _MICROSECOND
    sign = "-" if micros < 0 else ""
    seconds, micros = divmod(abs(micros), 1_000_000)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    text = "PT" + (f"{sign}{hours}H" if hours else "") + (f"{sign}{minutes}M" if minutes else "")
    if not seconds and not micros and len(text) > 2:
        return text
    fraction = f".{micros:06}".rstrip("0") if micros else ""
    return f"{text}{sign if seconds or micros else ''}{seconds}{fraction}S"


_DURATION = re.compile(
    r"([-+]?)P(?:([-+]?\d+)D)?(?:T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?"
    r"(?:([-+]?)(\d+)(?:[.,](\d{0,9}))?S)?)?"
)


def _read_timedelta(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        raise ValueError(text)
    sign, days, hours, minutes, second_sign, seconds, fraction = found.groups()
    rest = timedelta(seconds=int(seconds or 0), microseconds=int(f"{fraction or '':0<6}"[:6]))
    duration = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
    duration += -rest if second_sign == "-" else rest
    return -duration if sign == "-" else duration


def _write_decimal(number: Decimal) -> str:
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"Expected a decimal number, but it is {number}, which is none elsewhere")
    if len(digits) > _MOST_DIGITS:
        raise ValueError(
            f"Expected a decimal number of at most {_MOST_DIGITS} digits, but it has more"
        )
    if abs(exponent) > _MOST_EXPONENT or abs(number.adjusted()) > _MOST_EXPONENT:
        raise ValueError(
            f"Expected a decimal number that Java reads too, but its exponent is {exponent}"
        )
    # Zero has no sign elsewhere; the case of E is what the context says.
    return str(number or number.copy_abs()).upper()


def _read_decimal(text: str) -> Decimal:
    if len(text) > _MOST_DIGITS + 20:
        raise ValueError(text)
    number = Decimal(text)
    if len(number.as_tuple().digits) > _MOST_DIGITS:
        raise ValueError(text)
    return number


_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,9})?)?"
_ZONE = r"(Z|[+-]\d\d:\d\d(:\d\d)?)?"

TEXTS: dict[Any, OwnCodec[Any]] = {
    datetime: _Text(
        datetime,
        "a date and a time (such as 2026-01-31T23:59:59.5Z)",
        f"{_DATE}T{_TIME}{_ZONE}",
        _write_datetime,
        datetime.fromisoformat,
    ),
    date: _Text(date, "a date (such as 2026-01-31)", _DATE, date.isoformat, date.fromisoformat),
    time: _Text(time, "a time (such as 23:59:59.5)", _TIME, _write_time, time.fromisoformat),
    timedelta: _Text(
        timedelta,
        "a duration (such as PT1H30M or PT0.5S)",
        r"[-+]?P[-+\d.,DTHMS]+",
        _write_timedelta,
        _read_timedelta,
    ),
    UUID: _Text(
        UUID,
        "a UUID of 36 characters",
        r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}",
        str,
        UUID,
    ),
    Decimal: _Text(
        Decimal,
        "a decimal number of at most 10,000 digits as a text (such as 12.50)",
        r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,10})?",
        _write_decimal,
        _read_decimal,
    ),
}
"""The codecs of these types."""
