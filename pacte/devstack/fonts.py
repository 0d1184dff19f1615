"""python -m pacte.devstack.fonts: our two type families, cut down to Latin, as woff2 in static/fonts/."""

from pathlib import Path

from pacte.devstack.processes import package
from pacte.devstack.services import ROOT

FONTS = {  # file we serve: (package, its file)
    "figtree.woff2": ("fontpkg_figtree", "Figtree[[]wght].ttf"),
    "instrumentserif.woff2": ("fontpkg_instrument_serif", "InstrumentSerif-Regular.ttf"),
}
LATIN = (
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+2074,U+20AC,U+2122,U+2190-2193,"
    "U+2212,U+2215,U+FEFF,U+FFFD"
)


def build(folder: Path = ROOT / "static/fonts") -> list[Path]:
    """Make the font files that are not there yet; return those made."""
    missing = [folder / name for name in FONTS if not (folder / name).exists()]
    for path in missing:
        make(path, *FONTS[path.name])
    return missing


def make(path: Path, module: str, pattern: str) -> None:
    """Cut one font down to the characters of French and English."""
    from fontTools import subset

    found = package(module)
    sources = list(found.rglob(pattern)) if found else []
    if not sources:
        raise SystemExit(f"The font {pattern} is not in package {module}: pip install -r requirements.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    features = "--layout-features=kern,liga,tnum,lnum,calt,ccmp,locl,mark,mkmk"
    subset.main([str(sources[0]), f"--unicodes={LATIN}", "--flavor=woff2", features, f"--output-file={new}"])
    new.rename(path)


if __name__ == "__main__":
    for made in build():
        print(f"{made.name}: {made.stat().st_size} bytes")
