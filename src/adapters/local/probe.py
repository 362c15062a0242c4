"""Run inside a sandbox by the self-test: tries what must not work and lists what can be seen. Prints one
JSON object.

Harmless wherever it runs. What each answer must be is written in expectations.ts.
"""
import ctypes
import errno
import json
import os
import resource
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = os.uname().machine == 'aarch64'


def outcome(attempt):
    try:
        result = attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return 'done' if result is None else result


def call(x86, arm, *arguments):
    def attempt():
        ctypes.set_errno(0)
        if libc.syscall(arm if ARM else x86, *arguments) < 0:
            raise OSError(ctypes.get_errno(), '')
    return outcome(attempt)


def write(path):
    def attempt():
        with open(path, 'w'):
            pass
    return outcome(attempt)


def read(path):
    def attempt():
        with open(path, 'rb') as file:
            file.read(1)
    return outcome(attempt)


def status():
    with open('/proc/self/status') as file:
        fields = dict(line.rstrip('\n').split(':\t', 1) for line in file if ':\t' in line)
    return {name: fields[name] for name in ('CapEff', 'CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp') if name in fields}


def writable_mounts():
    with open('/proc/self/mountinfo') as file:
        return sorted(words[4] for words in map(str.split, file) if 'rw' in words[5].split(','))


def interfaces():
    with open('/proc/net/dev') as file:
        return sorted(line.split(':')[0].strip() for line in file if ':' in line)


def descriptors():
    found = []
    for number in range(64):
        try:
            os.fstat(number)
            found.append(number)
        except OSError:
            pass
    return found


def tcp_route():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(('198.51.100.1', 9))   # no packet is sent: only the route is looked up


def unix_socket():
    socket.socket(socket.AF_UNIX).close()


def namespaces():
    kinds = ('user', 'pid', 'net', 'mnt', 'ipc', 'uts', 'cgroup')
    return {kind: outcome(lambda kind=kind: os.readlink('/proc/self/ns/' + kind)) for kind in kinds}


def visible():
    return outcome(lambda: sorted(int(name) for name in os.listdir('/proc') if name.isdigit() and int(name) != os.getpid()))


seen = {
    'user': os.getuid(),
    'group': os.getgid(),
    'groups': [group for group in os.getgroups() if group not in (65534, os.getgid())],
    'status': outcome(status),
    'namespaces': namespaces(),
    'other processes': visible(),
    'descriptors': descriptors(),
    'writable mounts': outcome(writable_mounts),
    'interfaces': outcome(interfaces),
    'route out': outcome(tcp_route),
    'netlink socket': outcome(lambda: socket.socket(16, 3, 0).close()),
    'vsock socket': outcome(lambda: socket.socket(40, 1, 0).close()),
    'unix socket': outcome(unix_socket),
    'write /usr': write('/usr/greenroom-probe'),
    'write /etc': write('/etc/greenroom-probe'),
    'write /': write('/greenroom-probe'),
    'write host name': write('/proc/sys/kernel/hostname'),
    'write here': write('probe'),
    'read /etc/shadow': read('/etc/shadow'),
    'list /root': outcome(lambda: len(os.listdir('/root'))),
    'list /home': outcome(lambda: len(os.listdir('/home'))),
    'supervisor memory': read('/proc/%d/mem' % os.getppid()),
    'supervisor environment': read('/proc/%d/environ' % os.getppid()),
    'limit the supervisor': outcome(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (64, 64)) and None),
    'mount': call(165, 40, b'none', b'/tmp', b'tmpfs', 0, None),
    'unshare': call(272, 97, 0x10000000),
    'clone a namespace': call(56, 220, 0x10000011, 0, 0, 0, 0),
    'clone3': call(435, 435, 0, 0),
    'trace': call(101, 117, 16, os.getppid(), 0, 0),
    'set user': call(105, 146, 0),
    'change root': call(161, 51, b'/tmp'),
    'keys': call(250, 219, 0, -3, 0),
    'bpf': call(321, 280, 5, 0, 0),
    'io_uring': call(425, 425, 1, 0),
    'user faults': call(323, 282, 0),
    'events': call(298, 241, 0, 0, -1, -1, 0),
    'unknown call': call(460, 460),
}
json.dump(seen, sys.stdout)
