"""Draws docs/house.svg: the rooms of derive/ by their imports, each above all that it imports.

    python docs/house.py
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "house.svg"
GROUND = "errors, limits, turns, …"  # the modules below all rooms, drawn as one
_ABOVE = ("audit", "computable", "derivation", "premises", "proof")  # rooms of one module
_BELOW = frozenset(p.stem for p in (ROOT / "derive").glob("[!_]*.py")) - set(_ABOVE)
WIDTH, ROW, BOX, GAP = 960, 92, 54, 14


def room_of(module: str) -> str:
    """The room of a dotted name: its first part after `derive`."""
    first = module.split(".")[1]
    return GROUND if first in _BELOW else first


def rooms() -> dict[str, set[str]]:
    """The rooms that each room imports, imports inside functions and for types included."""
    graph: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "derive").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts == ("derive", "__init__"):
            continue
        room = room_of(".".join(parts))
        graph[room] |= {room_of(m) for m in imported(path)} - {room}
    return dict(graph)


def imported(path: Path) -> Iterator[str]:
    """The modules of derive that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("derive."):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("derive."))


def floors(graph: Mapping[str, set[str]]) -> dict[str, int]:
    """The floor of each room: one above the highest that it imports."""
    heights: dict[str, int] = {}

    def height(room: str) -> int:
        if room not in heights:
            heights[room] = 1 + max((height(below) for below in graph.get(room, ())), default=-1)
        return heights[room]

    for room in graph:
        height(room)
    return heights


def direct(graph: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """The imports that no path through another room implies."""
    def reach(room: str) -> set[str]:
        return graph[room] | {r for below in graph[room] for r in reach(below)}

    return sorted((room, below) for room, others in graph.items() for below in others
                  if not any(below in reach(other) for other in others - {below}))


def inside(room: str) -> str:
    """The rooms within a room, for its second line."""
    folder = ROOT / "derive" / room
    names = sorted(p.name for p in folder.glob("*") if (p / "__init__.py").exists())
    return " · ".join(names)


def drawing() -> str:
    """The picture as SVG."""
    graph = rooms()
    heights = floors(graph)
    top = max(heights.values())
    places: dict[str, tuple[float, float, float]] = {}
    for floor in range(top + 1):
        row = sorted(r for r, h in heights.items() if h == floor)
        widths = [max(110, 8.2 * len(r) + 30, 6.4 * len(inside(r)) + 24) for r in row]
        x = (WIDTH - sum(widths) - GAP * (len(row) - 1)) / 2
        for room, width in zip(row, widths, strict=True):
            places[room] = (x, (top - floor) * ROW + 20, width)
            x += width + GAP
    lines = []
    for room, below in direct(graph):
        (x, y, w), (u, v, z) = places[room], places[below]
        lines.append(f'<path class="arrow" d="M{x + w / 2:.0f} {y + BOX:.0f} C{x + w / 2:.0f} '
                     f'{y + BOX + 24:.0f} {u + z / 2:.0f} {v - 24:.0f} {u + z / 2:.0f} {v:.0f}"/>')
    for room, (x, y, w) in sorted(places.items()):
        second = inside(room)
        lines += [f'<rect x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" height="{BOX}" rx="7"/>',
                  f'<text class="room" x="{x + w / 2:.0f}" y="{y + (23 if second else 32):.0f}">'
                  f"{escape(room)}</text>"]
        if second:
            lines.append(f'<text x="{x + w / 2:.0f}" y="{y + 41:.0f}">{escape(second)}</text>')
    height = (top + 1) * ROW
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="system-ui, sans-serif" role="img" '
            'aria-label="The rooms of derive, each above all that it imports">\n<style>'
            "rect{fill:#fff;stroke:#345;stroke-width:1.3}"
            ".arrow{fill:none;stroke:#89a;stroke-width:1.1}"
            "text{font-size:11.5px;fill:#567;text-anchor:middle}"
            ".room{font-size:15px;font-weight:600;fill:#123}</style>\n"
            f'<rect width="{WIDTH}" height="{height}" style="fill:#f6f8fa;stroke:none"/>\n'
            + "\n".join(lines) + "\n</svg>\n")


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
