"""A stranger's PDF is read in a process of its own, which may neither last nor grow: a hostile one only ends that.

The file is also that process's program: it imports nothing of ours.
"""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

SECONDS, MEMORY = 10, 768 * 1024 * 1024
LIMITED = """
import contextlib, resource, runpy, sys
seconds, memory = int(sys.argv[1]), int(sys.argv[2])
with contextlib.suppress(ValueError, OSError):  # where the system knows no such limit, the clock remains
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
del sys.argv[:3]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
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


def properties(content: bytes, *, longest: int) -> str:
    """What it says of itself: author, title and the like, however they are packed; nothing when it cannot be read."""
    try:
        return str(_asked(content, 0, longest)["text"])
    except UnreadableError:
        return ""


def ran(program: Path, *arguments: str, content: bytes) -> bytes:
    """What a program of ours, which reads `content` and imports nothing of ours, answers within bounds."""
    command = [sys.executable, "-I", "-c", LIMITED, str(SECONDS), str(MEMORY), str(program.resolve()), *arguments]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603
    except subprocess.SubprocessError as error:
        raise UnreadableError("broken") from error
    return done.stdout


def _asked(content: bytes, pages: int, longest: int) -> dict[str, str]:
    """Of at most so many pages; of none, what it says of itself."""
    try:
        told: dict[str, str] = json.loads(ran(Path(__file__), str(pages), str(longest), content=content))
    except ValueError as error:
        raise UnreadableError("broken") from error
    if "why" in told:
        raise UnreadableError(told["why"])
    return told


def _answer(content: bytes, pages: int, longest: int) -> dict[str, str]:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            return {"why": "locked"}
        if not pages:
            return _told("\n".join(_properties(reader)), longest)
        if not 0 < len(reader.pages) <= pages:
            return {"why": "long" if len(reader.pages) else "broken"}
        said: list[str] = []
        for page in reader.pages if longest else []:
            said.append(page.extract_text())
            if sum(map(len, said)) > longest:
                break
        return _told("\n".join(said), longest)
    except BROKEN:
        return {"why": "broken"}


def _properties(reader: PdfReader) -> Iterator[str]:
    yield from (str(value) for value in (reader.metadata or {}).values())
    packet = reader.root_object.get("/Metadata")
    if packet is not None:
        yield packet.get_object().get_data().decode("utf-8", "ignore")


def _told(said: str, longest: int) -> dict[str, str]:
    return {"text": said[:longest].replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_answer(sys.stdin.buffer.read(), int(sys.argv[1]), int(sys.argv[2]))))
