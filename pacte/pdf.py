"""A stranger's PDF is read in a process of its own, which may neither last nor grow: a hostile one only ends that.

The file is also that process's program: it imports nothing of ours.
"""

import contextlib
import io
import json
import resource
import subprocess
import sys
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

SECONDS, MEMORY = 10, 768 * 1024 * 1024
BROKEN = (
    PyPdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
    OSError,
    MemoryError,
)


class UnreadableError(Exception):
    """`why`: locked (a password), long (too many pages), broken (or it takes too much time or memory)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def text(content: bytes, *, pages: int, longest: int) -> str:
    """What it says, page after page: at most so many characters of a file of at most so many pages."""
    told = _asked(content, pages, longest)
    return str(told["text"])


def check(content: bytes, *, pages: int) -> None:
    """That it opens without a password."""
    _asked(content, pages, 0)


def _asked(content: bytes, pages: int, longest: int) -> dict[str, str]:
    command = [sys.executable, "-I", str(Path(__file__).resolve()), str(pages), str(longest)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603
        told: dict[str, str] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise UnreadableError("broken") from error
    if "why" in told:
        raise UnreadableError(told["why"])
    return told


def _answer(content: bytes, pages: int, longest: int) -> dict[str, str]:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            return {"why": "locked"}
        if not 0 < len(reader.pages) <= pages:
            return {"why": "long" if len(reader.pages) else "broken"}
        said: list[str] = []
        for page in reader.pages if longest else []:
            said.append(page.extract_text())
            if sum(map(len, said)) > longest:
                break
        whole = "\n".join(said)[:longest]
        return {"text": whole.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")}
    except BROKEN:
        return {"why": "broken"}


if __name__ == "__main__":
    with contextlib.suppress(ValueError, OSError):  # where the system knows no such limit, the clock remains
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.stdout.write(json.dumps(_answer(sys.stdin.buffer.read(), int(sys.argv[1]), int(sys.argv[2]))))
