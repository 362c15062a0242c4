"""A user, process, network, mount, host-name, message and group namespace of our own: as root and as an
ordinary user alike.

Nothing of this runs once a script does: the last step gives all rights up.
"""
import ctypes
import os
import signal
import struct

import kernel
import rootfs

INSIDE_UID = 10001
EVERYTHING = (kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWIPC |
              kernel.CLONE_NEWUTS | kernel.CLONE_NEWCGROUP | kernel.CLONE_NEWNET)
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def become(uid):
    """From root to one sandbox's own user, so that no two sandboxes are the same person."""
    if os.geteuid() != 0 or uid == 0:
        return
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    kernel.set_dumpable(True)   # a change of user takes our own /proc/self files from us


def enter(settings):
    """Returns in the child: process 1 of a namespace of its own. The caller's process stays outside and
    only waits.
    """
    # Only root may hold what only root reaches; and a root without that right needs it only then.
    sources = rootfs.stage(settings.binds) if settings.binds and os.geteuid() == 0 else settings.binds
    extras = rootfs.read_extras()
    become(settings.uid)
    kernel.die_with_parent(settings.parent)   # after the change of user, which clears it
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(EVERYTHING)
    maps = (('uid_map', '%d %d 1' % (INSIDE_UID, uid)), ('gid_map', '%d %d 1' % (INSIDE_UID, gid)))
    for name, text in (('setgroups', 'deny'), *maps):
        with open('/proc/self/' + name, 'w') as file:
            file.write(text)
    child = os.fork()
    if child:
        _wait_outside(child)
    kernel.die_with_parent(0)
    rootfs.enter(settings, sources, extras)
    kernel.libc.sethostname(b'sandbox', 7)
    _loopback_up()


def give_up_rights():
    for capability in range(64):
        if kernel.prctl(kernel.PR_CAPBSET_DROP, capability) < 0:
            break
    header = struct.pack('II', 0x20080522, 0)
    kernel.check(kernel.syscall(kernel.CAPSET, header, bytes(24)), 'capset')


def _wait_outside(child):
    """SIGTERM is passed on; SIGUSR1 kills. The answer comes only once every process inside is gone."""
    for fd in (0, 1):
        os.close(fd)

    def pass_on(number, _frame):
        try:
            os.kill(child, signal.SIGTERM if number == signal.SIGTERM else signal.SIGKILL)
        except ProcessLookupError:
            pass

    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, pass_on)
    _, status = os.waitpid(child, 0)
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def _loopback_up():
    fd = kernel.check(kernel.libc.socket(2, 2, 0), 'socket')
    request = ctypes.create_string_buffer(struct.pack('16sH22x', b'lo', IFF_UP), 40)
    kernel.check(kernel.libc.ioctl(fd, ctypes.c_ulong(SIOCSIFFLAGS), request), 'loopback')
    os.close(fd)
