#!/usr/bin/env python3
"""Draws what publish-plan prints as docs/src/terminal-dark.svg and docs/src/terminal-light.svg.

    docs/picture.py [PROGRAM [DIR]]

PROGRAM is the publish-plan to run (default: the one on PATH), in the project's directory. DIR is where the pictures are
written (default: docs/src). It needs only Python's standard library.
"""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

COLUMNS = 100
SHOWN = [
    "check tests/cases/findings/malformed-entry.clab.yml",
    "plan examples/demo.clab.yml",
]
# Background, text, and the terminal colors that are used, with contrasts of at least 4.5.
THEMES = {
    "dark": {"back": "#0d1117", "text": "#e6edf3", "31": "#ff7b72", "32": "#3fb950", "33": "#d29922", "35": "#d2a8ff", "36": "#76e3ea", "dim": "#8b949e"},
    "light": {"back": "#ffffff", "text": "#1f2328", "31": "#b31d28", "32": "#116329", "33": "#7d4e00", "35": "#6639ba", "36": "#1b7c83", "dim": "#57606a"},
}
WIDTH, HEIGHT, MARGIN = 8.0, 19.0, 16.0
STYLE = re.compile(r"\x1b\[([0-9;]*)m")
LINK = re.compile(r"\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)")


def printed(program, command):
    """The lines that a command prints on a color terminal."""
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "COLUMNS": str(COLUMNS)}
    root = Path(__file__).resolve().parent.parent
    run = subprocess.run([program, *command.split(), "--color", "always"], cwd=root, env=environment,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return LINK.sub("", run.stdout.decode()).rstrip("\n").split("\n")


def spans(line):
    """Splits a line into texts: the column where each begins, the text, and the style codes that apply to it."""
    codes, column, rest = set(), 0, line
    while rest:
        found = STYLE.search(rest)
        text = rest[: found.start()] if found else rest
        if text:
            yield column, text, frozenset(codes)
            column += len(text)
        if not found:
            return
        for code in found.group(1).split(";"):
            if code in ("", "0"):
                codes.clear()
            else:
                codes.add(code)
        rest = rest[found.end():]


def drawn(lines, theme):
    """The picture as SVG."""
    columns = max(len(STYLE.sub("", line)) for line in lines)
    width, height = columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="A terminal with publish-plan">',
        f'<rect width="100%" height="100%" rx="8" fill="{theme["back"]}"/>',
        f'<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="13" fill="{theme["text"]}">',
    ]
    for row, line in enumerate(lines):
        y = MARGIN + (row + 0.75) * HEIGHT
        for column, text, codes in spans(line):
            colour = next((theme[code] for code in sorted(codes) if code in theme), None)
            colour = colour or (theme["dim"] if "2" in codes else None)
            look = f' fill="{colour}"' if colour else ""
            look += ' font-weight="bold"' if "1" in codes else ""
            look += ' text-decoration="underline"' if "4" in codes else ""
            # SVG viewers treat repeated spaces differently, so each word or phrase has its own position.
            for part in re.finditer(r"\S+(?: \S+)*", text):
                x, long = MARGIN + (column + part.start()) * WIDTH, len(part.group()) * WIDTH
                out.append(f'<text x="{x:g}" y="{y:g}" textLength="{long:g}" lengthAdjust="spacingAndGlyphs"{look}>{html.escape(part.group())}</text>')
    return "\n".join([*out, "</g>", "</svg>", ""])


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "publish-plan"
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).resolve().parent / "src"
    lines = []
    for command in SHOWN:
        lines += [f"\x1b[2m$\x1b[0m \x1b[1mpublish-plan {command}\x1b[0m", *printed(program, command), ""]
    for name, theme in THEMES.items():
        (folder / f"terminal-{name}.svg").write_bytes(drawn(lines[:-1], theme).encode())


if __name__ == "__main__":
    main()
