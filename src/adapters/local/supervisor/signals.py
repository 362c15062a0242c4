"""Signals of the supervisor, read as data from one descriptor: no handler ever interrupts it.

A process 1 with a handler of its own could be reached by the script; with none, the kernel drops what the
script sends.
"""
import ctypes
import os
import signal
import struct

import kernel

READ = (signal.SIGCHLD, signal.SIGTERM)
RECORD_BYTES = 128
NONBLOCK_CLOEXEC = 0o4000 | 0o2000000


class Signals:
    def __init__(self, parent):
        """`parent`: where there is no process list of our own, the only one whose SIGTERM counts."""
        self._parent = parent
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, READ)
        mask = ctypes.create_string_buffer(struct.pack('Q', sum(1 << number - 1 for number in READ)), RECORD_BYTES)
        self.fd = kernel.check(kernel.libc.signalfd(-1, mask, NONBLOCK_CLOEXEC), 'signalfd')

    def take(self):
        """(a child changed, somebody outside asked us to end)"""
        child = end = False
        try:
            data = os.read(self.fd, RECORD_BYTES * 16)
        except BlockingIOError:
            return False, False
        for at in range(0, len(data), RECORD_BYTES):
            number, _error, _code, sender = struct.unpack_from('IiiI', data, at)
            child = child or number == signal.SIGCHLD
            # A sender that our process list does not know has the number 0.
            outside = sender == (0 if os.getpid() == 1 else self._parent)
            end = end or (number == signal.SIGTERM and outside)
        return child, end


def forget():
    """In the script's process: what an ordinary Python starts with."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
