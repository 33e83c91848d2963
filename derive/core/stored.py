"""What makes a record that holds trees pickle by its data."""

from __future__ import annotations

from typing import Any


class Stored:
    """A record that holds trees: it pickles by its data, since SymPy's own trees would come back
    evaluated anew."""

    def __reduce__(self) -> tuple[Any, ...]:
        from derive.storing.reading import restored
        from derive.storing.writing import dumped

        return restored, dumped(self)
