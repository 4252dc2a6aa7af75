"""Plots as SVG text: bars in groups, and lines. Logarithmic where values differ by orders of magnitude."""
import math
from xml.sax.saxutils import escape

COLOURS = ["#2e8b57", "#5e81ac", "#d08770", "#b48ead"]
FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"'


def _text(x, y, words, size=12, anchor="start", colour="#222"):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" {FONT}>{escape(words)}</text>'


def _line(x1, y1, x2, y2, colour="#ddd", width=1):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _page(width, height, parts):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#fff"/>', *parts, "</svg>", ""])


def _ticks(low, high):
    """Powers of ten with their halves and fifths, from low to high."""
    ticks = [m * 10 ** e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1) for m in (1, 2, 5)]
    return [t for t in ticks if low <= t * 1.0001 and t <= high * 1.0001]


def _number(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:g}" if value >= 0.001 else f"{value:.0e}"


def _legend(names, colours, dashed, x, y, width):
    parts = []
    at = x
    for name, colour, dash in zip(names, colours, dashed):
        length = 22 + 7.2 * len(name)
        if at + length > width:
            at, y = x, y + 18
        if dash:
            parts += [f'<rect x="{at + start}" y="{y - 7:.1f}" width="4" height="5" fill="{colour}"/>' for start in (0, 7)]
        else:
            parts.append(f'<rect x="{at:.1f}" y="{y - 10:.1f}" width="11" height="11" fill="{colour}"/>')
        parts.append(_text(at + 16, y, name))
        at += length
    return parts, y


def bars(title, unit, groups, names, colours):
    """@param groups pairs of a label and the values of all names, None for what was not measured"""
    width, left, right, bar = 900, 330, 60, 11
    legend, y = _legend(names, colours, [False] * len(names), 20, 56, width - 20)
    top = y + 30
    values = [v for _, row in groups for v in row if v]
    low, high = min([*values, 0.5]) * 0.75, max([*values, 2]) * 1.1
    scale = (width - left - right) / math.log10(high / low)

    def x(value):
        return left + math.log10(value / low) * scale
    height = top + sum(bar * sum(v is not None for v in row) + 14 for _, row in groups) + 40
    parts = [_text(20, 28, title, 16), *legend]
    for tick in _ticks(low, high):
        parts.append(_line(x(tick), top, x(tick), height - 34, "#888" if tick == 1 else "#ddd"))
        parts.append(_text(x(tick), height - 18, _number(tick), 11, "middle"))
    y = top + 4
    for label, row in groups:
        count = sum(v is not None for v in row)
        parts.append(_text(left - 10, y + bar * count / 2 + 4, label, 12, "end"))
        for i, value in enumerate(row):
            if value is None:
                continue
            start, end = sorted((x(1), x(value)))
            parts.append(f'<rect x="{start:.1f}" y="{y:.1f}" width="{max(end - start, 1):.1f}" height="{bar - 1}" fill="{colours[i]}"/>')
            beside = x(value) + 4 if value >= 1 else x(value) - 4
            parts.append(_text(beside, y + bar - 2, f"{value:.2f}" if value < 10 else f"{value:.0f}", 9, "start" if value >= 1 else "end"))
            y += bar
        y += 14
    parts.append(_text(left, height - 4, unit, 11, colour="#666"))
    return _page(width, height, parts)


def lines(title, across, up, series):
    """@param series lines of one colour: what they are of, and by name pairs of numbers; the first of several is dashed"""
    drawn = [(f"{what}, {name}", points, COLOURS[i % len(COLOURS)], n == 0 and len(named) > 1)
             for i, (what, named) in enumerate(series) for n, (name, points) in enumerate(named)]
    width, height, left, right = 900, 480, 90, 40
    names, every, colours, dashed = zip(*drawn)
    legend, y = _legend(names, colours, dashed, 20, 56, width - 20)
    top, bottom = y + 40, height - 60
    xs = sorted({px for points in every for px, _ in points})
    ys = [py for points in every for _, py in points]
    low_x, high_x = xs[0], max(xs[-1], xs[0] * 2)
    low_y, high_y = min(ys) / 1.3, max(ys) * 1.3

    def at(px, py):
        return (left + math.log(px / low_x) / math.log(high_x / low_x) * (width - left - right),
                bottom - math.log(py / low_y) / math.log(high_y / low_y) * (bottom - top))
    parts = [_text(20, 28, title, 16), *legend]
    for px in xs:
        parts += [_line(at(px, low_y)[0], top, at(px, low_y)[0], bottom), _text(at(px, low_y)[0], bottom + 18, f"{px:,}", 11, "middle")]
    for tick in _ticks(low_y, high_y):
        parts += [_line(left, at(low_x, tick)[1], width - right, at(low_x, tick)[1]), _text(left - 8, at(low_x, tick)[1] + 4, _number(tick), 11, "end")]
    for _, points, colour, dash in drawn:
        style = ' stroke-dasharray="7 5"' if dash else ""
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in (at(*point) for point in points))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{style}/>')
        parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" fill="{colour}"/>' for px, py in (at(*point) for point in points)]
    parts += [_text((left + width - right) / 2, height - 14, across, 12, "middle", "#666"), _text(left, top - 8, up, 12, colour="#666")]
    return _page(width, height, parts)
