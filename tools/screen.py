"""Draws what a program printed, colours included, as an SVG picture of a terminal.

oust demo --color always | python tools/screen.py 'oust demo' > docs/demo.svg
"""
import html
import re
import sys

COLOURS = {"31": "#e06c75", "1;31": "#ff5f6d", "33": "#d9a441", "36": "#56b6c2"}
WIDTH, HEIGHT, LEFT = 8.4, 18, 16


def spans(line):
    """Splits a line into texts and their colours."""
    colour = ""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            colour = COLOURS.get(part[2:-1], "")
        elif part:
            yield part, colour


def main():
    lines = ["$ " + sys.argv[1]] + sys.stdin.read().rstrip("\n").split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", s) for s in lines]
    w, h = int(max(map(len, plain)) * WIDTH) + 2 * LEFT, (len(lines) + 1) * HEIGHT + 8
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" aria-label="{html.escape(sys.argv[1])}">')
    print(f'<rect width="{w}" height="{h}" rx="8" fill="#1d2026"/>')
    print('<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14" fill="#d7dae0" xml:space="preserve">')
    for n, line in enumerate(lines):
        x = 0
        for text, colour in spans(line):
            fill = f' fill="{colour}"' if colour else ""
            if text.strip():
                print(f'<text x="{LEFT + x * WIDTH:.1f}" y="{(n + 1) * HEIGHT + 8}" textLength="{len(text) * WIDTH:.1f}"{fill}>{html.escape(text)}</text>')
            x += len(text)
    print("</g></svg>")


main()
