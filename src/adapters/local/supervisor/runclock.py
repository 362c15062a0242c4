"""Wall clock of one run: it stands still while the supervisor does not read the script for want of a
reader.
"""


class RunClock:
    def __init__(self, now):
        self._started = now
        self._paused_at = None
        self._paused = 0.0

    def pause(self, now):
        if self._paused_at is None:
            self._paused_at = now

    def resume(self, now):
        if self._paused_at is not None:
            self._paused += now - self._paused_at
            self._paused_at = None

    @property
    def is_paused(self):
        return self._paused_at is not None

    def paused(self, now):
        """Seconds in all."""
        return self._paused + (0.0 if self._paused_at is None else now - self._paused_at)

    def elapsed(self, now):
        return now - self._started - self.paused(now)
