"""The system calls that a script may not make, as a filter for the kernel. Everything up to LAST_CALL that
is not named is allowed.

Limits of files, network and processes are the work of namespaces and Landlock; here only what those leave
open is closed: new namespaces and mounts, tracing, keys, kernel modules, clocks, and the calls that reach
another process of the same user.
"""
import ctypes
import errno
import struct

import kernel

LAST_CALL = 451
"""Later calls answer ENOSYS, so that a newer kernel does not widen the sandbox."""

# name: (x86_64, aarch64); None where the architecture has no such call.
DENIED = {
    'mount': (165, 40), 'umount2': (166, 39), 'pivot_root': (155, 41), 'chroot': (161, 51),
    'unshare': (272, 97), 'setns': (308, 268), 'mount_setattr': (442, 442), 'move_mount': (429, 429),
    'open_tree': (428, 428), 'fsopen': (430, 430), 'fsconfig': (431, 431), 'fsmount': (432, 432),
    'fspick': (433, 433), 'swapon': (167, 224), 'swapoff': (168, 225), 'sysfs': (139, None),
    'ustat': (136, None), 'quotactl': (179, 60), 'quotactl_fd': (443, 443), 'init_module': (175, 105),
    'finit_module': (313, 273), 'delete_module': (176, 106), 'create_module': (174, None),
    'get_kernel_syms': (177, None), 'query_module': (178, None), 'kexec_load': (246, 104),
    'kexec_file_load': (320, 294), 'reboot': (169, 142), 'syslog': (103, 116), 'acct': (163, 89),
    'settimeofday': (164, 170), 'clock_settime': (227, 112), 'clock_adjtime': (305, 266),
    'adjtimex': (159, 171), 'sethostname': (170, 161), 'setdomainname': (171, 162), 'iopl': (172, None),
    'ioperm': (173, None), 'modify_ldt': (154, None), 'uselib': (134, None), 'nfsservctl': (180, 42),
    'vhangup': (153, 58), '_sysctl': (156, None), 'ptrace': (101, 117), 'process_vm_readv': (310, 270),
    'process_vm_writev': (311, 271), 'kcmp': (312, 272), 'perf_event_open': (298, 241),
    'bpf': (321, 280), 'userfaultfd': (323, 282), 'pidfd_getfd': (438, 438),
    'process_madvise': (440, 440), 'process_mrelease': (448, 448), 'lookup_dcookie': (212, 18),
    'keyctl': (250, 219), 'add_key': (248, 217), 'request_key': (249, 218),
    'io_uring_setup': (425, 425), 'io_uring_enter': (426, 426), 'io_uring_register': (427, 427),
    'vmsplice': (278, 75), 'open_by_handle_at': (304, 265), 'name_to_handle_at': (303, 264),
    'fanotify_init': (300, 262), 'fanotify_mark': (301, 263), 'mbind': (237, 235),
    'migrate_pages': (256, 238), 'move_pages': (279, 239), 'set_mempolicy': (238, 237),
    'get_mempolicy': (239, 236), 'set_mempolicy_home_node': (450, 450), 'setuid': (105, 146),
    'setgid': (106, 144), 'setgroups': (116, 159), 'setresuid': (117, 147), 'setresgid': (119, 149),
    'setreuid': (113, 145), 'setregid': (114, 143), 'setfsuid': (122, 151), 'setfsgid': (123, 152),
    'personality': (135, 92), 'seccomp': (317, 277), 'memfd_secret': (447, 447),
    'sched_setscheduler': (144, 119), 'sched_setparam': (142, 118), 'sched_setattr': (314, 274),
    'ioprio_set': (251, 30),
}
UNCOUNTED = {'memfd_create': (319, 279), 'shmget': (29, 194)}
"""Memory that polling does not see; denied where no memory group counts it."""
CLONE3 = (435, 435)
"""Its flags lie in memory, out of the filter's sight. The C library falls back to clone."""
CLONE, SOCKET, IOCTL, SETPRIORITY = (56, 220), (41, 198), (16, 29), (141, 140)
PRLIMIT, SCHED_SETAFFINITY = (302, 261), (203, 122)

NAMESPACES = (kernel.CLONE_NEWNS | kernel.CLONE_NEWCGROUP | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC |
              kernel.CLONE_NEWUSER | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET)
FAMILIES = (1, 2, 10)
"""Unix, IPv4, IPv6: harmless in a network of our own."""
TIOCSTI, TIOCLINUX = 0x5412, 0x541C

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
LOAD, EQUAL, GREATER, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
ARCHITECTURES = (0xC000003E, 0xC00000B7)
NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24
"""Where the call's number, the architecture and the low half of its arguments lie in seccomp_data."""


def build(own_network, counted):
    """The filter's bytes. own_network: sockets are harmless. counted: a memory group counts everything."""
    column = 0 if kernel.X86 else 1
    code = [_step(LOAD, ARCHITECTURE), _step(EQUAL, ARCHITECTURES[column], 1, 0), _step(RETURN, KILL)]
    code += [_step(LOAD, NUMBER), _step(GREATER, LAST_CALL, 0, 1), _step(RETURN, ENOSYS)]
    for call in DENIED.values():
        code += _always(call[column], EPERM)
    code += _always(CLONE3[column], ENOSYS)
    if not counted:
        for call in UNCOUNTED.values():
            code += _always(call[column], ENOSYS)
    # PRIO_PROCESS only: PRIO_USER 0 would reach the supervisor.
    code += _when(SETPRIORITY[column], [
        _step(LOAD, FIRST), _step(EQUAL, 0, 1, 0), _step(RETURN, EPERM), _step(LOAD, NUMBER),
    ])
    # These ask only for the same user, and the supervisor's is the same: a process may only name itself, as
    # 0.
    for call, argument in ((PRLIMIT, FIRST), (SETPRIORITY, SECOND), (SCHED_SETAFFINITY, FIRST)):
        code += _when(call[column], [
            _step(LOAD, argument), _step(EQUAL, 0, 0, 1), _step(RETURN, ALLOW), _step(RETURN, EPERM),
        ])
    code += _when(CLONE[column], [
        _step(LOAD, FIRST), _step(ANY_BIT, NAMESPACES, 0, 1), _step(RETURN, EPERM), _step(RETURN, ALLOW),
    ])
    code += _when(SOCKET[column], _only(FIRST, FAMILIES if own_network else ()))
    code += _when(IOCTL[column], [
        _step(LOAD, SECOND), _step(EQUAL, TIOCSTI, 1, 0), _step(EQUAL, TIOCLINUX, 0, 1),
        _step(RETURN, EPERM), _step(RETURN, ALLOW),
    ])
    return b''.join(code + [_step(RETURN, ALLOW)])


def load(code):
    """For this process and all its children, for good."""

    class Program(ctypes.Structure):
        _fields_ = [('length', ctypes.c_ushort), ('code', ctypes.c_char_p)]

    kernel.check(kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1), 'no_new_privs')
    program = Program(len(code) // 8, code)
    kernel.check(kernel.libc.prctl(kernel.PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0), 'seccomp')


def _step(operation, value, if_true=0, if_false=0):
    return struct.pack('HBBI', operation, if_true, if_false, value)


def _when(number, steps):
    return [_step(EQUAL, number, 0, len(steps))] + steps


def _always(number, answer):
    return [] if number is None else _when(number, [_step(RETURN, answer)])


def _only(argument, values):
    count = len(values)
    matches = [_step(EQUAL, value, count - index, 0) for index, value in enumerate(values)]
    return [_step(LOAD, argument)] + matches + [_step(RETURN, EPERM), _step(RETURN, ALLOW)]
