"""One job and its life: what ends it, and the account that is given of the end."""
import json
import math
import os
import signal
import time

import artifacts
import wire
from accounting import Accounting
from output import Output
from runclock import RunClock

DRAIN_SECONDS = 1.0
"""Longest time for the pipes to run dry once everybody is dead."""
STDIN_BYTES_MAX = 32 << 20
READ_BYTES = 1 << 16
NAP_SECONDS = 0.001


class Job:
    def __init__(self, settings, counters, family, child, sender, job):
        self._settings = settings
        self._family = family
        self._child = child
        self._sender = sender
        self.limits = job['limits']
        self._accounting = Accounting(settings, counters, family, self.limits)
        self._output = Output(sender, self.limits.get('output_bytes'), settings.flush_ms)
        self._clock = None
        self._stdin = bytearray()
        self._stdin_ends = job.get('stdin') != 'open'
        self._last_input = 0
        self._cause = None
        self._detail = None
        self._kill_at = None
        self._drained_by = None
        self._artifacts = None
        self._nap_until = 0.0
        self.exit_sent = False

    def started(self, failure):
        """The script was let go; or stopped short, because the run's own files do not fit: `failure` is
        then the cause.
        """
        now = time.monotonic()
        self._clock = RunClock(now)
        self._sender.frame('started', json.dumps({'at_monotonic_ms': int(now * 1000)}).encode())
        if failure:
            self._cause, self._detail = failure, 'the files of the run do not fit'
            self._family.kill()

    def out_of_memory(self):
        return self._accounting.out_of_memory()

    # What the monitor asks for.

    def input(self, number, data, end):
        """True: taken now or before. False: not the next one."""
        if number > self._last_input + 1 or len(self._stdin) + len(data) > STDIN_BYTES_MAX:
            return False
        if number == self._last_input + 1:
            self._last_input = number
            self._output.hurry()
            if self._child.stdin is not None and not self._stdin_ends:
                self._stdin += data
            self._stdin_ends = self._stdin_ends or end
        return True

    def stop(self, grace_ms):
        """Politely first; everybody after the grace."""
        if self._child.status is not None or self._kill_at is not None:
            return
        self._cause = self._cause or 'stopped'
        self._kill_at = time.monotonic() + grace_ms / 1000
        try:
            os.killpg(self._child.pid, signal.SIGTERM)
            os.killpg(self._child.pid, signal.SIGCONT)
        except ProcessLookupError:
            self._family.kill()

    # Looked at by the loop.

    def reads_script(self):
        """Streams are read only while what they may bring still fits below the bound of what is kept."""
        return self._sender.room() - self._output.held_bytes > READ_BYTES

    def polls_script(self, now):
        """A script that writes in dribs is left to write a little more, while what came before is held
        anyway.
        """
        return self.reads_script() and (now >= self._nap_until or not self._output.held_bytes)

    def advance(self, now):
        self._output.flush_if_due(now)
        self._keep_clock(now)
        if self._child.status is None:
            self._keep_limits(now)
        if self._child.status is not None and self._drained_by is None:
            self._family.kill()
            self._child.reap_all()
            self._drained_by = now + DRAIN_SECONDS
        if self._drained_by is not None and not self.exit_sent and self._is_drained(now):
            self._finish(now)

    def due(self):
        moments = [self._output.due()]
        if self._output.held_bytes and self._nap_until > time.monotonic():
            moments.append(self._nap_until)
        if self._drained_by is not None and self._child.streams and not self._clock.is_paused:
            moments.append(self._drained_by)
        if self._child.status is None:
            now = time.monotonic()
            moments += [self._accounting.due, self._kill_at]
            if not self._clock.is_paused:
                moments.append(now + self.limits['wall_ms'] / 1000 - self._clock.elapsed(now))
        if self._clock.is_paused:
            now = time.monotonic()
            moments.append(now + self._settings.pause_ms / 1000 - self._clock.paused(now))
        return min((moment for moment in moments if moment is not None), default=None)

    def read(self, fd):
        data = os.read(fd, READ_BYTES)
        self._nap_until = time.monotonic() + NAP_SECONDS if len(data) < wire.PIECE_BYTES else 0.0
        if not data:
            del self._child.streams[fd]
            os.close(fd)
        elif not self._output.add(self._child.streams[fd], data):
            self._end('output_limit', 'output over %d bytes' % self.limits['output_bytes'])

    @property
    def has_input(self):
        return bool(self._stdin) and self._child.stdin is not None

    def write_input(self):
        try:
            del self._stdin[:os.write(self._child.stdin, self._stdin[:1 << 16])]
        except BlockingIOError:
            return
        except OSError:
            self._stdin.clear()
            self._child.close_stdin()

    def close_input_at_end(self):
        if self._stdin_ends and not self._stdin:
            self._child.close_stdin()

    def _end(self, cause, detail):
        if self._child.status is None and self._cause is None:
            self._cause, self._detail = cause, detail
        self._family.kill()

    def _keep_clock(self, now):
        waiting = bool(self._child.streams) or self._artifacts is not None
        if waiting and not self.exit_sent and not self.reads_script():
            self._clock.pause(now)
        else:
            self._clock.resume(now)
        if self._has_no_reader(now):
            self._end('no_reader', 'nobody read for %d ms' % self._settings.pause_ms)

    def _has_no_reader(self, now):
        return self._clock.is_paused and self._clock.paused(now) * 1000 >= self._settings.pause_ms

    def _keep_limits(self, now):
        if self._clock.elapsed(now) * 1000 >= self.limits['wall_ms']:
            self._end('timed_out', 'wall clock over %d ms' % self.limits['wall_ms'])
        elif self._kill_at is not None and now >= self._kill_at:
            self._kill_at = math.inf
            self._family.kill()
        elif now >= self._accounting.due:
            broken = self._accounting.look()
            if broken:
                self._end(*broken)

    def _is_drained(self, now):
        if not self._child.streams or self._has_no_reader(now):
            return True
        return now >= self._drained_by and not self._clock.is_paused

    def _finish(self, now):
        """The rest of the output, then artifacts as far as there is room for them, then the account."""
        if self._artifacts is None:
            if self._child.streams:
                self._output.truncated = True
            self._output.flush(now)
            limit = self.limits.get('artifact_bytes', artifacts.BYTES_MAX)
            self._artifacts = artifacts.collect(self._settings.workdir, limit, wire.PIECE_BYTES)
        while not self._has_no_reader(now):
            if not self.reads_script():
                return
            piece = next(self._artifacts, None)
            if piece is None:
                break
            self._sender.frame('artifact', piece)
        self._sender.frame('exit', json.dumps(self._account()).encode())
        self.exit_sent = True

    def _account(self):
        status = self._child.status
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        cause = self._cause or self._own_end(number)
        return {
            'cause': cause,
            'exit_code': code,
            'signal': number,
            'wall_ms': max(0, round(self._clock.elapsed(self._child.ended_at) * 1000)),
            'cpu_ms': self._accounting.cpu_ms(),
            'memory_peak_bytes': self._accounting.peak_bytes(),
            'stdout_bytes': self._output.bytes['stdout'],
            'stderr_bytes': self._output.bytes['stderr'],
            'truncated': self._output.truncated,
            'detail': self._detail,
        }

    def _own_end(self, number):
        if number is None:
            return 'exited'
        # The group may also have killed a child while the script itself went on; then its own end stands.
        if number == signal.SIGKILL and self._accounting.out_of_memory():
            self._detail = 'memory over %d bytes' % self.limits.get('memory_bytes', 0)
            return 'out_of_memory'
        return 'cpu_limit' if number == signal.SIGXCPU and self.limits.get('cpu_ms') else 'signaled'
