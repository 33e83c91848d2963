"""What a record shows of itself in a shell: its kind and a few facts, in bounded length."""

from __future__ import annotations

from reprlib import Repr

MOST = 240  # signs of a record
_OF_A_FACT = 80

_VALUES = Repr()
_VALUES.maxlevel, _VALUES.maxtuple, _VALUES.maxdict = 2, 3, 2
_VALUES.maxstring = _VALUES.maxother = 40


def clipped(words: str, most: int = _OF_A_FACT) -> str:
    """Words in one line of at most so many signs."""
    line = " ".join(words[:4 * most].split())
    return line if len(line) <= most else line[:most - 1].rstrip() + "…"


class Brief:
    """A record whose `repr` is `<Kind facts>`: short, however much it holds.

    A class says what it is `called` (its name, where it says nothing), and `by` which fields it
    is known; else those are shown that were set. A dataclass keeps the `__repr__` that its class
    has already, so it is put there in time.
    """

    _called = ""
    _by: tuple[str, ...] = ()

    def __init_subclass__(cls, called: str = "", by: tuple[str, ...] = (),
                          **options: object) -> None:
        super().__init_subclass__(**options)
        cls._called = called or vars(cls).get("_called") or cls.__name__
        cls._by = by or cls._by
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Brief.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        return f"<{clipped(f'{self._called}{self.facts()}', MOST - 2)}>"

    def facts(self) -> str:
        """What is said of it, with the sign that sets it off from its kind."""
        if self._by:
            first, *others = (str(getattr(self, name)) for name in self._by)
            tail = "; ".join(map(clipped, filter(None, others)))
            return f": {first}" if not others else f" {clipped(first)}{f': {tail}' if tail else ''}"
        shown = [f"{name}={_VALUES.repr(getattr(self, name))}"
                 for name in getattr(self, "__dataclass_fields__", ()) if self._is_set(name)]
        return f" {', '.join(shown)}" if shown else ""

    def _is_set(self, name: str) -> bool:
        """Whether a field has another value than it has where nothing is said."""
        value, usual = getattr(self, name), getattr(type(self), name, None)
        if value is None or value is usual:
            return False
        if isinstance(value, (str, tuple, list, dict)) and not value:
            return False
        return not (type(value) is type(usual) and isinstance(value, (str, int, float, tuple))
                    and value == usual)
