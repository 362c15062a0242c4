"""The supervisor's event loop: commands in, frames out, one job, one end."""
import binascii
import json
import os
import select
import sys
import time

import child as children
import kernel
import landlock
import namespaces
import rootfs
import runner
import seccomp
import wire
from family import Family
from job import Job
from signals import Signals


def serve(settings, counters, source, sink):
    """Returns only in the script's process, with the script to run."""
    kernel.set_dumpable(False)
    family = Family()
    signals = Signals(settings.parent)
    child = children.fork(settings)
    if not isinstance(child, children.Child):
        return child
    for fd in (source, sink):
        os.set_blocking(fd, False)
    ready = {
        'pid': os.getpid(), 'uid': os.getuid(), 'python': '%d.%d.%d' % sys.version_info[:3], 'mode': settings.mode,
        'landlock': landlock.abi(), 'own_users': settings.own_users, 'counted': settings.counted,
    }
    os.write(sink, json.dumps({'ready': ready}).encode() + b'\n')
    os._exit(_Loop(settings, counters, family, signals, child, source, sink).run())


class _Loop:
    def __init__(self, settings, counters, family, signals, child, source, sink):
        self._settings = settings
        self._counters = counters
        self._family = family
        self._signals = signals
        self._child = child
        self._source = source
        self._sink = sink
        self._sender = wire.Sender(sink, settings.unacknowledged_bytes)
        self._receiver = wire.Receiver()
        self._job = None
        self._heard_at = time.monotonic()
        self._farewell_by = None
        self._over = False

    def run(self):
        """Answers our own exit status."""
        while not self._over:
            now = time.monotonic()
            if self._job is not None:
                self._advance(now)
            self._sender.write()
            if not self._over:
                self._wait(now)
        self._family.kill()
        return 0

    def _advance(self, now):
        self._job.advance(now)
        if self._sender.broken:
            self._hang_up()
        silence = self._settings.silence_ms
        if silence and (now - self._heard_at) * 1000 >= silence:
            self._over = True   # the owner is as good as gone: what runs here is nobody's
        if not self._job.exit_sent:
            return
        if self._farewell_by is None:
            self._farewell_by = now + self._settings.farewell_ms / 1000
        if self._sender.all_acknowledged or now >= self._farewell_by:
            self._over = True

    def _wait(self, now):
        events = self._events(now)
        for fd, _event in events.poll(self._timeout(now)):
            if fd == self._signals.fd:
                self._take_signals()
            elif fd == self._source:
                self._read_commands()
            elif fd == self._child.stdin:
                self._job.write_input()
            elif fd in self._child.streams:
                self._job.read(fd)

    def _events(self, now):
        events = select.poll()
        events.register(self._signals.fd, select.POLLIN)
        if self._source is not None:
            events.register(self._source, select.POLLIN)
        if self._sender.wants_to_write:
            events.register(self._sink, select.POLLOUT)
        if self._job is None:
            return events
        if self._job.polls_script(now):
            for fd in self._child.streams:
                events.register(fd, select.POLLIN)
        self._job.close_input_at_end()
        if self._job.has_input:
            events.register(self._child.stdin, select.POLLOUT)
        return events

    def _timeout(self, now):
        if self._job is None:
            return None
        moments = [self._farewell_by if self._job.exit_sent else self._job.due()]
        if self._settings.silence_ms:
            moments.append(self._heard_at + self._settings.silence_ms / 1000)
        moment = min((moment for moment in moments if moment is not None), default=None)
        return None if moment is None else max(0, (moment - now) * 1000 + 0.5)

    def _take_signals(self):
        changed, end = self._signals.take()
        if changed:
            self._child.reap()
        if end and (self._job is None or self._job.exit_sent):
            self._over = True
        elif end:
            self._job.stop(self._settings.grace_ms)
        if self._job is None and self._child.status is not None:
            sys.stderr.write('the process of the script ended before its job\n')
            self._over = True

    def _read_commands(self):
        try:
            data = os.read(self._source, 1 << 18)
        except BlockingIOError:
            return
        if not data:
            self._source = None
            self._hang_up()
            return
        self._heard_at = time.monotonic()
        self._receiver.feed(data)
        for line in self._receiver.lines():
            parsed = wire.parse_command(line) if line else None
            if parsed is not None and not self._over and self._carry_out(parsed[1]):
                self._sender.received(parsed[0])

    def _hang_up(self):
        # Without a job nobody could give us one any more.
        if self._settings.hangup == 'end' or self._job is None:
            self._over = True

    def _carry_out(self, command):
        """True: to be answered. What does not fit is dropped without an answer, like a broken line."""
        if 'job' in command:
            return self._begin(command['job'])
        if self._job is None:
            return False
        if 'input' in command:
            piece = command['input']
            data = binascii.a2b_base64(piece.get('data') or '')
            return self._job.input(piece['number'], data, bool(piece.get('end')))
        if 'acknowledge' in command:
            self._sender.acknowledge(command['acknowledge'])
        elif 'resend' in command:
            self._sender.resend(command['resend'])
        elif 'stop' in command:
            self._job.stop(command['stop'].get('grace_ms', self._settings.grace_ms))
        else:
            return False
        return True

    def _begin(self, job):
        if self._job is not None:
            return True
        job = dict(job)
        if job.pop('kind') != 'python':
            sys.stderr.write('this supervisor runs Python only\n')
            self._over = True
            return False
        self._sender.begin(job.pop('nonce'))
        self._lock_in(job['limits'])
        begun = Job(self._settings, self._counters, self._family, self._child, self._sender, job)
        report = self._child.hand_over(job)
        failure = {runner.GO: None, runner.FULL: 'disk_full'}.get(report, 'lost')
        if failure == 'lost' and begun.out_of_memory():
            failure = 'out_of_memory'
        if failure == 'lost':
            # No frame at all: an end without an account is the platform's, never the script's.
            sys.stderr.write('the script could not be let go: %s\n' % report.decode('utf-8', 'replace'))
            self._over = True
            return False
        begun.started(failure)
        self._job = begun
        return True

    def _lock_in(self, limits):
        """The last step with any rights: from here on untrusted bytes are near."""
        if self._settings.mode == 'full':
            if limits.get('disk_bytes'):
                rootfs.resize_disk(limits['disk_bytes'], self._settings.inodes)
            namespaces.give_up_rights()
        seccomp.load(seccomp.build(own_network=self._settings.contained, counted=self._settings.counted))
