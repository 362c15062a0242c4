"""The few system calls that Python does not offer, through the C library. Knows no policy."""
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == 'x86_64'

# Calls that no C library wraps: (x86_64, aarch64).
PIVOT_ROOT = (155, 41)
CAPSET = (126, 91)
MOUNT_SETATTR = (442, 442)
LANDLOCK_CREATE_RULESET = (444, 444)
LANDLOCK_ADD_RULE = (445, 445)
LANDLOCK_RESTRICT_SELF = (446, 446)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000


class Refused(OSError):
    """The kernel said no. `what` names the step for the operator."""

    def __init__(self, number, what):
        super().__init__(number, what + ': ' + os.strerror(number))
        self.what = what


def check(result, what):
    if result < 0:
        raise Refused(ctypes.get_errno(), what)
    return result


def syscall(call, *arguments):
    """The raw answer; callers that need an error use `check`."""
    number = call[0 if X86 else 1]
    return libc.syscall(ctypes.c_long(number), *[_word(argument) for argument in arguments])


def prctl(*arguments):
    words = (list(arguments) + [0] * 5)[:5]
    return libc.prctl(*[_word(word) for word in words])


def unshare(flags):
    check(libc.unshare(flags), 'unshare')


def mount(source, target, kind, flags=0, options=None):
    encode = lambda text: None if text is None else os.fsencode(text)
    result = libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(options))
    check(result, 'mount %s on %s' % (kind or source, target))


def unmount(target):
    check(libc.umount2(os.fsencode(target), MNT_DETACH), 'umount ' + target)


def set_dumpable(value):
    """Not dumpable: /proc/<pid>/{mem,fd,environ,...} of this process belong to root and nobody of our user
    may trace it.
    """
    prctl(PR_SET_DUMPABLE, 1 if value else 0)


def die_with_parent(parent):
    """SIGKILL when the parent is gone. `parent` 0: it is outside our process list and cannot be asked for.
    """
    prctl(PR_SET_PDEATHSIG, 9)
    if parent and os.getppid() != parent:
        os._exit(0)


def is_missing(error):
    return error.errno in (errno.ENOENT, errno.ENOTDIR)


def _word(argument):
    if isinstance(argument, int):
        return ctypes.c_ulong(argument & 0xFFFFFFFFFFFFFFFF)
    return argument
