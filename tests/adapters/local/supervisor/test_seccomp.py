"""The filter is run here by a small machine like the kernel's, call by call; nothing of this process is locked in."""
import errno
import os
import struct
import unittest

import kernel
import seccomp

HERE = 0xC000003E if kernel.X86 else 0xC00000B7
COLUMN = 0 if kernel.X86 else 1
ALLOWED, REFUSED, UNKNOWN, KILLED = 'allowed', 'refused', 'unknown', 'killed'


def answer(code, number, arguments=(), architecture=HERE):
    data = struct.pack('<IIQ6Q', number, architecture, 0, *(list(arguments) + [0] * 6)[:6])
    accumulator, at = 0, 0
    while True:
        operation, if_true, if_false, value = struct.unpack_from('HBBI', code, at * 8)
        at += 1
        if operation == seccomp.LOAD:
            accumulator = struct.unpack_from('<I', data, value)[0]
        elif operation == seccomp.RETURN:
            return {seccomp.ALLOW: ALLOWED, seccomp.EPERM: REFUSED, seccomp.ENOSYS: UNKNOWN, seccomp.KILL: KILLED}[value]
        else:
            holds = {seccomp.EQUAL: accumulator == value, seccomp.GREATER: accumulator > value,
                     seccomp.ANY_BIT: bool(accumulator & value)}[operation]
            at += if_true if holds else if_false


class Filter(unittest.TestCase):
    code = seccomp.build(own_network=True, counted=True)

    def ask(self, call, *arguments, code=None):
        return answer(code or self.code, call[COLUMN], arguments)

    def test_every_denied_call_is_refused(self):
        for name, call in seccomp.DENIED.items():
            if call[COLUMN] is not None:
                self.assertEqual(self.ask(call), REFUSED, name)

    def test_ordinary_calls_are_allowed(self):
        for call in ((0, 63), (1, 64), (9, 222), (59, 221), (61, 260), (57, 220), (22, 59), (133, 33)):
            self.assertEqual(self.ask(call), ALLOWED, call)

    def test_another_architecture_is_killed(self):
        self.assertEqual(answer(self.code, 1, architecture=0x40000003), KILLED)

    def test_calls_later_than_those_known_do_not_exist(self):
        for number in (seccomp.LAST_CALL + 1, 500, 0x40000000 | 39):
            self.assertEqual(answer(self.code, number), UNKNOWN)

    def test_a_clone_may_ask_for_no_namespace(self):
        self.assertEqual(self.ask(seccomp.CLONE, 0x11), ALLOWED)
        for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
            self.assertEqual(self.ask(seccomp.CLONE, flag | 0x11), REFUSED)
        self.assertEqual(self.ask(seccomp.CLONE3), UNKNOWN)

    def test_a_process_may_set_limits_and_priority_of_itself_only(self):
        self.assertEqual(self.ask(seccomp.PRLIMIT, 0), ALLOWED)
        self.assertEqual(self.ask(seccomp.PRLIMIT, 1), REFUSED)
        self.assertEqual(self.ask(seccomp.SCHED_SETAFFINITY, 0), ALLOWED)
        self.assertEqual(self.ask(seccomp.SCHED_SETAFFINITY, 1), REFUSED)
        self.assertEqual(self.ask(seccomp.SETPRIORITY, 0, 0), ALLOWED)
        self.assertEqual(self.ask(seccomp.SETPRIORITY, 0, 1), REFUSED)
        self.assertEqual(self.ask(seccomp.SETPRIORITY, 2, 0), REFUSED)

    def test_sockets_are_those_of_a_network_of_our_own_or_none(self):
        alone = seccomp.build(own_network=False, counted=True)
        for family in (1, 2, 10):
            self.assertEqual(self.ask(seccomp.SOCKET, family), ALLOWED)
            self.assertEqual(self.ask(seccomp.SOCKET, family, code=alone), REFUSED)
        for family in (16, 17, 38, 40):
            self.assertEqual(self.ask(seccomp.SOCKET, family), REFUSED)

    def test_nothing_can_be_typed_into_a_terminal(self):
        self.assertEqual(self.ask(seccomp.IOCTL, 0, seccomp.TIOCSTI), REFUSED)
        self.assertEqual(self.ask(seccomp.IOCTL, 0, seccomp.TIOCLINUX), REFUSED)
        self.assertEqual(self.ask(seccomp.IOCTL, 0, 0x5401), ALLOWED)

    def test_memory_that_nobody_counts_does_not_exist(self):
        uncounted = seccomp.build(own_network=True, counted=False)
        for call in seccomp.UNCOUNTED.values():
            self.assertEqual(self.ask(call), ALLOWED)
            self.assertEqual(self.ask(call, code=uncounted), UNKNOWN)

    def test_a_loaded_filter_holds(self):
        pid = os.fork()
        if pid == 0:
            seccomp.load(self.code)
            try:
                os.setuid(os.getuid())
            except OSError as error:
                os._exit(0 if error.errno == errno.EPERM else 1)
            os._exit(2)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)


if __name__ == '__main__':
    unittest.main()
