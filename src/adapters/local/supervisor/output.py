"""What the script wrote: gathered into frames, cut at the cap, byte for byte.

The first bytes go out at once; then at most one frame each few milliseconds, unless a piece is full. An
input resets that: a person is waiting for the answer.
"""
import wire


class Output:
    def __init__(self, sender, cap_bytes, flush_ms):
        self._sender = sender
        self._cap_bytes = cap_bytes
        self._hold_seconds = flush_ms / 1000
        self._pieces = []
        self._held_bytes = 0
        self._flushed_at = 0.0
        self.bytes = {'stdout': 0, 'stderr': 0}
        self.truncated = False

    @property
    def held_bytes(self):
        return self._held_bytes

    def add(self, channel, data):
        """Answers False when this was more than the cap: what fits is kept."""
        room = max(0, self._cap_bytes - self.bytes['stdout'] - self.bytes['stderr']) if self._cap_bytes else len(data)
        kept = data[:room]
        if kept:
            if self._pieces and self._pieces[-1][0] == channel:
                self._pieces[-1][1].extend(kept)
            else:
                self._pieces.append((channel, bytearray(kept)))
            self._held_bytes += len(kept)
            self.bytes[channel] += len(kept)
        if len(kept) < len(data):
            self.truncated = True
        return not self.truncated

    def hurry(self):
        self._flushed_at = 0.0

    def due(self):
        """When to flush at the latest; None with nothing held."""
        return self._flushed_at + self._hold_seconds if self._pieces else None

    def flush_if_due(self, now):
        if self._pieces and (self._held_bytes >= wire.PIECE_BYTES or now >= self.due()):
            self.flush(now)

    def flush(self, now):
        for channel, data in self._pieces:
            for start in range(0, len(data), wire.PIECE_BYTES):
                self._sender.frame(channel, bytes(data[start:start + wire.PIECE_BYTES]))
        self._pieces, self._held_bytes, self._flushed_at = [], 0, now
