"""The groups that the host made for this sandbox: joined first; their counters are opened while the host's
files are in sight.

An open counter is read for as long as the sandbox lives, so that the exit frame itself can say what the
group saw.
"""
import os


def join(groups):
    for group in groups:
        with open(group + '/cgroup.procs', 'w') as file:
            file.write('0')


class Counters:
    """Each answers None where the host has no such counter."""

    def __init__(self, settings):
        self._oom = _open(settings.oom_counter)
        self._peak = _open(settings.peak_counter)
        self._cpu = _open(settings.cpu_counter)

    def oom_kills(self):
        return _field(self._oom, b'oom_kill')

    def peak_bytes(self):
        return _first_number(self._peak)

    def cpu_seconds(self):
        """Version 2 counts microseconds in a field, version 1 nanoseconds in a line of their own."""
        microseconds = _field(self._cpu, b'usage_usec')
        if microseconds is not None:
            return microseconds / 1e6
        nanoseconds = _first_number(self._cpu)
        return None if nanoseconds is None else nanoseconds / 1e9

    def fds(self):
        return [fd for fd in (self._oom, self._peak, self._cpu) if fd is not None]


def _open(path):
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC) if path else None


def _read(fd):
    try:
        return b'' if fd is None else os.pread(fd, 4096, 0)
    except OSError:
        return b''


def _field(fd, name):
    for line in _read(fd).splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == name:
            return int(words[1])
    return None


def _first_number(fd):
    words = _read(fd).split()
    return int(words[0]) if words and words[0].isdigit() else None
