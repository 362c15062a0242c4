"""The lines between a supervisor and its monitor: numbers, checksums, what is kept until it is
acknowledged.

A line that does not fit is dropped: it is not from our other side. Repeated lines do no harm.
"""
import binascii
import json
import os
from collections import deque

LINE_BYTES_MAX = 64 << 20
WRITE_BYTES = 1 << 16
PIECE_BYTES = 16384
"""Most bytes of one frame, so that no line is long."""


def checksum(*parts):
    value = 0
    for part in parts:
        value = binascii.crc32(part, value)
    return b'%08x' % (value & 0xFFFFFFFF)


def encode_frame(nonce, number, channel, data):
    text = binascii.b2a_base64(data, newline=False) if data else b'-'
    body = b'%d %s %s' % (number, channel.encode(), text)
    return nonce + b' ' + body + b' ' + checksum(body) + b'\n'


def encode_received(nonce, number):
    body = b'received %d' % number
    return nonce + b' ' + body + b' ' + checksum(body) + b'\n'


def parse_command(line):
    """(number, command), or None for a line that is broken or not a command. A job is large: it is copied
    but once.
    """
    number, _, rest = line[:64].partition(b' ')
    check = rest[:8]
    start = len(number) + 10
    if not number.isdigit() or line[start - 1:start] != b' ':
        return None
    text = line[start:]
    if checksum(number, b' ', text) != check:
        return None
    try:
        command = json.loads(text)
    except ValueError:
        return None
    return (int(number), command) if isinstance(command, dict) else None


class Receiver:
    """Bytes in any cut become lines."""

    def __init__(self):
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, data):
        self._buffer += data
        if len(self._buffer) > LINE_BYTES_MAX and b'\n' not in data:
            self._buffer.clear()
            self._searched = 0

    def lines(self):
        while True:
            end = self._buffer.find(b'\n', self._searched)
            if end < 0:
                self._searched = len(self._buffer)
                return
            with memoryview(self._buffer) as view:
                line = bytes(view[:end])
            del self._buffer[:end + 1]
            self._searched = 0
            yield line


class Sender:
    """Numbers frames, keeps them until they are acknowledged, writes as much as the other side takes."""

    def __init__(self, fd, kept_bytes_max):
        self._fd = fd
        self._kept_bytes_max = kept_bytes_max
        self._nonce = b''
        self._next = 0
        self._kept = deque()
        self._kept_bytes = 0
        self._waiting = deque()
        self._writing = bytearray()
        self.broken = False
        """The other side closed its end for good."""

    def begin(self, nonce):
        self._nonce = nonce.encode()

    def frame(self, channel, data):
        line = encode_frame(self._nonce, self._next, channel, data)
        self._kept.append((self._next, line))
        self._waiting.append((self._next, line))
        self._kept_bytes += len(line)
        self._next += 1

    def received(self, number):
        self._waiting.append((None, encode_received(self._nonce, number)))

    def acknowledge(self, number):
        while self._kept and self._kept[0][0] <= number:
            self._kept_bytes -= len(self._kept.popleft()[1])

    def resend(self, number):
        """In order and once: what waits to be written for the first time from there on is not sent twice.
        """
        earlier = [item for item in self._waiting if item[0] is None or item[0] < number]
        self._waiting = deque(earlier + [item for item in self._kept if item[0] >= number])

    def room(self):
        """How many bytes of output fit in below the bound of what is kept; about, and never too many."""
        return max(0, (self._kept_bytes_max - self._kept_bytes) * 3 // 4 - 256)

    @property
    def all_acknowledged(self):
        return self._next > 0 and not self._kept

    @property
    def wants_to_write(self):
        return bool(self._writing or self._waiting) and not self.broken

    def write(self):
        while self.wants_to_write:
            while self._waiting and len(self._writing) < WRITE_BYTES:
                self._writing += self._waiting.popleft()[1]
            try:
                written = os.write(self._fd, self._writing)
            except BlockingIOError:
                return
            except OSError:
                self.broken = True
                return
            del self._writing[:written]
