"""`python -m pacte.devstack.icons`: draw static/img/icons.svg, the symbols that templates and code name.

Lucide's (ISC licence) and our own; a browser fetches the one file once.
"""

import re
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import lucide

from opportunities.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
SPRITE = ROOT / "static/img/icons.svg"
NAMED = re.compile(r"""\{%\s*icon\s+["']([a-z0-9-]+)["']|icon=["']([a-z0-9-]+)["']""")
COMPUTED = {spec.icon for spec in KINDS.values()}  # names that reach the tag through a variable
BARS = [(3, 13, 8), (10, 8, 13), (17, 3, 18)]


def bars(filled: int) -> str:
    """Rising bars, the first `filled` full and the others hollow."""
    full = '<rect x="{}" y="{}" width="4" height="{}" rx="1"/>'
    line = 'fill="none" stroke="currentColor" stroke-width="1.5"'
    hollow = '<rect x="{}.75" y="{}.75" width="2.5" height="{}.5" rx=".6" ' + line + "/>"
    drawn = (
        full.format(x, y, h) if place < filled else hollow.format(x, y, h - 2) for place, (x, y, h) in enumerate(BARS)
    )
    return "".join(drawn)


ALIASES = {  # the same drawing under the word that templates know
    "answer-met": "check",
    "answer-partly": "circle-dashed",
    "answer-missing": "x",
    "answer-unknown": "circle-question-mark",
    "level-info": "info",
    "level-ok": "circle-check",
    "level-warn": "triangle-alert",
    "level-error": "circle-x",
}
OWN = {
    "band-strong": bars(3),
    "band-good": bars(2),
    "band-possible": bars(1),
    "band-incomplete": bars(0),
}


def names() -> set[str]:
    """Every icon that a template asks for, and those only known at run time."""
    texts = (path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    named = {a or b for text in texts for a, b in NAMED.findall(text)}
    return COMPUTED | set(OWN) | set(ALIASES) | {name for name in named if not name.endswith("-")}


def symbol(name: str) -> str:
    """One <symbol>, ours or Lucide's."""
    if name in OWN:
        return f'<symbol id="{name}" viewBox="0 0 24 24">{OWN[name]}</symbol>'
    package = Path(lucide.__file__).parent
    with ZipFile(package / "lucide.zip") as drawings:
        svg = ElementTree.fromstring(drawings.read(f"{ALIASES.get(name, name)}.svg"))  # noqa: S314 (our own dependency's file)
    inner = "".join(ElementTree.tostring(node, encoding="unicode").strip() for node in svg)
    inner = re.sub(r' xmlns(:ns0)?="[^"]*"', "", inner).replace("ns0:", "").replace(" />", "/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def sprite() -> str:
    """The whole file, in alphabetical order so that it only changes when an icon does."""
    symbols = "\n".join(symbol(name) for name in sorted(names()))
    credit = "<!-- Lucide icons, ISC licence, lucide.dev; band-* are ours -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{credit}\n{symbols}\n</svg>\n'


if __name__ == "__main__":
    SPRITE.write_text(sprite())
    print(f"{SPRITE.relative_to(ROOT)}: {len(names())} symbols")
