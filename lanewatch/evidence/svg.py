"""The few shapes that a picture needs, as SVG elements: every text escaped, every number written one way."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

FONT = "Inter, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"


def number(value: float) -> str:
    """At most one decimal, no trailing zero, never "-0"."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def _attributes(values: dict[str, str | float]) -> str:
    pairs = ((name.rstrip("_").replace("_", "-"), value) for name, value in values.items() if value != "")
    return "".join(f' {name}="{escape(value) if isinstance(value, str) else number(value)}"' for name, value in pairs)


def text(x: float, y: float, words: str, *, size: float, fill: str, **more: str | float) -> str:
    values: dict[str, str | float] = {"x": x, "y": y, "font_size": size, "fill": fill, **more}
    return f"<text{_attributes(values)}>{escape(words)}</text>"


def box(x: float, y: float, width: float, height: float, *, fill: str, **more: str | float) -> str:
    values: dict[str, str | float] = {"x": x, "y": y, "width": width, "height": height, "fill": fill, **more}
    return f"<rect{_attributes(values)}/>"


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str, **more: str | float) -> str:
    values: dict[str, str | float] = {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": stroke, **more}
    return f"<line{_attributes(values)}/>"


def circle(x: float, y: float, radius: float, *, fill: str, **more: str | float) -> str:
    values: dict[str, str | float] = {"cx": x, "cy": y, "r": radius, "fill": fill, **more}
    return f"<circle{_attributes(values)}/>"


def path(x: float, y: float, steps: str, *, stroke: str, width: float = 1.8) -> str:
    """A drawn line around (x, y); `steps` in its own coordinates."""
    place = f"translate({number(x)} {number(y)})"
    values: dict[str, str | float] = {
        "d": steps, "transform": place, "fill": "none", "stroke": stroke, "stroke_width": width,
        "stroke_linecap": "round", "stroke_linejoin": "round",
    }  # fmt: skip
    return f"<path{_attributes(values)}/>"


def document(width: float, height: float, title: str, elements: Iterable[str]) -> str:
    """The whole picture on white, with a title that screen readers tell."""
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{escape(FONT)}" role="img">'
    return "\n".join([head, f"<title>{escape(title)}</title>", *elements, "</svg>", ""])
