"""A file too heavy to be kept anywhere, sent without ever being whole in our own memory either."""

import tracemalloc

MEGA = 1024 * 1024


class Body:
    """A form with a file of two hundred megabytes, made as it is read, and its other fields."""

    TAIL = b"\r\n--edge--\r\n"

    def __init__(self, name, start, **fields):
        parts = [
            f'--edge\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        ]
        parts.append(
            f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self.head = "".join(parts).encode() + start
        self.length = len(self.head) + 200 * MEGA + len(self.TAIL)
        self.given = 0

    def read(self, size=65_536):
        at, end = self.given, min(self.given + size, self.length)
        self.given = end
        tail = self.length - len(self.TAIL)
        middle = bytes(max(0, min(end, tail) - max(at, len(self.head))))
        return self.head[at:end] + middle + self.TAIL[max(0, at - tail) : max(0, end - tail)]

    readline = read

    def sent(self, client, url):
        """The answer, and the most memory that it took."""
        tracemalloc.start()
        answer = client.post(
            url,
            content_type="multipart/form-data; boundary=edge",
            **{"wsgi.input": self, "CONTENT_LENGTH": str(self.length)},
        )
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return answer, most
