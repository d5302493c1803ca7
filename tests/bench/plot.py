"""Cost against the size of the collection, one small picture for each operation, as SVG."""

import html
import math

COLOURS = ("#1b6ca8", "#c8553d", "#3d8c40", "#8a5aab")
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 300, 220, 52, 28, 12, 30
COLUMNS = 4


def decades(low, high):
    return range(math.floor(math.log10(low)), max(math.ceil(math.log10(high)), math.floor(math.log10(low)) + 1) + 1)


def time_label(power):
    return {0: "1 µs", 1: "10 µs", 2: "100 µs", 3: "1 ms", 4: "10 ms", 5: "100 ms", 6: "1 s", 7: "10 s"}.get(power, "")


def panel(operation, lines, names):
    """One operation: {provider: [(items, microseconds)]}, both axes logarithmic."""
    xs = decades(min(x for line in lines.values() for x, _ in line), max(x for line in lines.values() for x, _ in line))
    ys = decades(min(y for line in lines.values() for _, y in line), max(y for line in lines.values() for _, y in line))

    def place(x, y):
        right, up = ((math.log10(value) - axis[0]) / (axis[-1] - axis[0]) for value, axis in ((x, xs), (y, ys)))
        return (LEFT + right * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM))

    parts = [f'<text x="{LEFT}" y="18" font-weight="bold">{html.escape(operation)}</text>']
    for power in ys:
        y = place(10 ** xs[0], 10 ** power)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                     f'<text x="{LEFT - 4}" y="{y + 4:.1f}" text-anchor="end">{time_label(power)}</text>')
    for power in xs:
        x = place(10 ** power, 10 ** ys[0])[0]
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 12}" text-anchor="middle">{10 ** power:,}</text>')
    for name, line in lines.items():
        colour = COLOURS[names.index(name) % len(COLOURS)]
        points = [place(*point) for point in sorted(line)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="2" fill="none"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return "".join(parts)


def draw(rows, names, operations):
    """The picture of all operations that were measured at more than one size."""
    panels = []
    for operation in operations:
        lines = {name: [(row["items"], row["p50"]) for row in rows
                        if row["operation"] == operation and row["provider"] == name and row["p50"] > 0]
                 for name in names}
        lines = {name: line for name, line in lines.items() if line}
        if len({items for line in lines.values() for items, _ in line}) > 1:
            panels.append(panel(operation, lines, names))
    legend = "".join(f'<tspan fill="{COLOURS[i % len(COLOURS)]}">{html.escape(name)}   </tspan>'
                     for i, name in enumerate(names))
    height = 30 + HEIGHT * math.ceil(len(panels) / COLUMNS)
    placed = "".join(f'<g transform="translate({i % COLUMNS * WIDTH} {30 + i // COLUMNS * HEIGHT})">{each}</g>'
                     for i, each in enumerate(panels))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{COLUMNS * WIDTH}" height="{height}" '
            'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>'
            f'<text x="12" y="20" font-size="14" xml:space="preserve">{legend}'
            f'<tspan fill="#555">time against number of items</tspan></text>{placed}</svg>\n')
