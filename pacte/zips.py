"""What a zip says of itself before anything in it is unpacked. Office files are zips, and so are bombs."""

import io
import zipfile
import zlib

UNZIPPED = 100 * 1024 * 1024
DIRECTORY = 1024 * 1024  # bytes of its table of contents: some ten thousand names
END, END_64 = b"PK\x05\x06", b"PK\x06\x07"
END_LENGTH, LONGEST_COMMENT = 22, 65_535
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the others unpack a block whole, whatever its size


def opened(content: bytes) -> zipfile.ZipFile:
    """Its table of contents, when it is short; BadZipFile for anything else."""
    end = _end(content)
    size = int.from_bytes(content[end + 12 : end + 16], "little")
    if end < 0 or size > DIRECTORY or content[max(end - 20, 0) : end].startswith(END_64):
        raise zipfile.BadZipFile
    return zipfile.ZipFile(io.BytesIO(content))


def is_heavy(archive: zipfile.ZipFile, parts: int) -> bool:
    """Whether it says itself that it would unpack to too much."""
    found = archive.infolist()
    return sum(part.file_size for part in found) > UNZIPPED or len(found) > parts


def is_whole(content: bytes, archive: zipfile.ZipFile) -> bool:
    """Whether it is that zip and nothing else, in the clear."""
    readable = all(part.compress_type in METHODS and not part.flag_bits & 1 for part in archive.infolist())
    return readable and _end(content) + END_LENGTH == len(content)


def is_true(archive: zipfile.ZipFile) -> bool:
    """Whether its parts are as long as it says, unpacked piece by piece; only of one that is neither heavy nor odd."""
    try:
        return archive.testzip() is None
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, NotImplementedError, zlib.error):
        return False


def _end(content: bytes) -> int:
    """Where zipfile too sees its end; negative when it has none."""
    if content[-END_LENGTH:].startswith(END) and content.endswith(b"\0\0"):
        return len(content) - END_LENGTH
    return content.rfind(END, max(len(content) - END_LENGTH - LONGEST_COMMENT, 0))
