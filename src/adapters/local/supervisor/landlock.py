"""Landlock: which paths a script may read and write. A second wall behind our mounts, and the only one
where there are none.
"""
import os
import stat
import struct

import kernel

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3
LEAST_ABI_ALONE = 6
"""From here on signals are kept inside, without which nothing else keeps a script from its user's other
processes.
"""


def abi():
    """0 where the kernel has none."""
    return max(0, kernel.syscall(kernel.LANDLOCK_CREATE_RULESET, None, 0, 1))


def restrict(readable, writable):
    """From now on this process and its children reach nothing else. Paths that are not there are passed
    over.
    """
    version = abi()
    if version < 1:
        return
    handled = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    attributes = struct.pack('QQQ', handled, 0, SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0)
    attributes = attributes[:8 if version < 4 else 16 if version < 6 else 24]
    ruleset = kernel.check(kernel.syscall(kernel.LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0), 'landlock')
    for path in readable:
        _allow(ruleset, path, EXECUTE | READ_FILE | READ_DIR, handled)
    for path in writable:
        _allow(ruleset, path, handled & ~MAKE_CHAR & ~MAKE_BLOCK, handled)
    kernel.check(kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1), 'no_new_privs')
    kernel.check(kernel.syscall(kernel.LANDLOCK_RESTRICT_SELF, ruleset, 0), 'landlock restrict')
    os.close(ruleset)


def _allow(ruleset, path, access, handled):
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        access &= EXECUTE | WRITE_FILE | READ_FILE | (TRUNCATE | IOCTL_DEV) & handled
    rule = struct.pack('=Qi', access, fd)
    kernel.check(kernel.syscall(kernel.LANDLOCK_ADD_RULE, ruleset, 1, rule, 0), 'landlock rule ' + path)
    os.close(fd)
