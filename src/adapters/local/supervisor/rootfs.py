"""The file system of one sandbox: programs read-only, one small memory disk to write to, nothing else of
the host.

Runs with the rights of a fresh user namespace, before any untrusted byte. The disk's size is set again for
each job.
"""
import os
import struct

import kernel
from kernel import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_RDONLY, MS_REC, MS_REMOUNT, mount

PROGRAMS = ('bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32')
SYSTEM_FILES = ('ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives', 'mime.types', 'protocols',
                'services', 'ssl/certs', 'fonts')
DEVICES = ('null', 'zero', 'full', 'random', 'urandom')
OLD = '/.host'
DISK = '/.disk'
WRITABLE = (('sandbox', '/sandbox', 0o755), ('tmp', '/tmp', 0o1777), ('shm', '/dev/shm', 0o1777))
"""Folders of the one disk, and where they are shown."""
EXTRAS = '/opt/greenroom'
"""What a script may import of ours."""
STAGES = ('/mnt', '/media', '/srv', '/run', '/tmp')


def stage(binds):
    """As root: show folders that only root can reach where the sandbox's user can. Answers where each one
    is now.
    """
    kernel.unshare(kernel.CLONE_NEWNS)
    mount(None, '/', None, MS_REC | MS_PRIVATE)
    free = [path for path in STAGES if os.path.isdir(path) and not any(_inside(bind, path) for bind in binds)]
    folder = free[0]
    mount('stage', folder, 'tmpfs', MS_NOSUID | MS_NODEV, 'size=64k,mode=755')
    staged = []
    for index, bind in enumerate(binds):
        target = '%s/%d' % (folder, index)
        os.mkdir(target)
        mount(bind, target, None, MS_BIND | MS_REC)
        staged.append(target)
    return staged


def read_extras():
    """While the host's files are in sight."""
    with open(os.path.join(os.path.dirname(__file__), 'greenroom_plots.py')) as file:
        return {'greenroom_plots.py': file.read()}


def enter(settings, sources, extras):
    """`sources`: where each of settings.binds is to be found now. `extras`: texts to be laid into EXTRAS."""
    mount(None, '/', None, MS_REC | MS_PRIVATE)
    mount('root', '/tmp', 'tmpfs', MS_NOSUID | MS_NODEV, 'size=1m,mode=755,nr_inodes=1024')
    os.mkdir('/tmp' + OLD)
    os.chdir('/tmp')
    kernel.check(kernel.syscall(kernel.PIVOT_ROOT, b'.', os.fsencode(OLD[1:])), 'pivot_root')
    os.chdir('/')
    for folder in ('/proc', '/dev', '/etc'):
        os.mkdir(folder)
    _make_disk(settings)
    _show_programs(settings.binds, sources)
    _write_accounts()
    _write_all(EXTRAS, extras)
    mount('proc', '/proc', 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _make_devices()
    kernel.unmount(OLD)
    os.rmdir(OLD)
    mount(None, '/', None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.chdir(settings.workdir)


def resize_disk(disk_bytes, inodes):
    """Needs the rights of the namespace: to be called before they are given up."""
    mount(None, WRITABLE[0][1], None, MS_REMOUNT | MS_NOSUID | MS_NODEV, 'size=%d,nr_inodes=%d' % (disk_bytes, inodes))


def _make_disk(settings):
    os.mkdir(DISK)
    options = 'size=%d,mode=755,nr_inodes=%d' % (settings.disk_bytes, settings.inodes)
    mount('disk', DISK, 'tmpfs', MS_NOSUID | MS_NODEV, options)
    for name, target, mode in WRITABLE:
        os.mkdir(DISK + '/' + name)
        os.chmod(DISK + '/' + name, mode)
        os.makedirs(target, exist_ok=True)
        mount(DISK + '/' + name, target, None, MS_BIND)
    kernel.unmount(DISK)
    os.rmdir(DISK)


def _show_programs(binds, sources):
    for name in PROGRAMS:
        if os.path.islink(OLD + '/' + name):
            os.symlink(os.readlink(OLD + '/' + name), '/' + name)
        elif os.path.isdir(OLD + '/' + name):
            _bind(OLD + '/' + name, '/' + name)
    _bind(OLD + '/usr', '/usr')
    for name in SYSTEM_FILES:
        if os.path.exists(OLD + '/etc/' + name):
            _bind(OLD + '/etc/' + name, '/etc/' + name)
    for source, target in zip(sources, binds):
        for folder in _parents(target):
            if not os.path.exists(folder):
                os.mkdir(folder)
                os.chmod(folder, 0o111)   # to be walked through, not to be listed
        _bind(OLD + source, target)


def _write_accounts():
    _write_all('/etc', {
        'passwd': 'sandbox:x:10001:10001::/sandbox:/bin/sh\n',
        'group': 'sandbox:x:10001:\n',
        'hosts': '127.0.0.1 localhost\n::1 localhost\n',
        'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n',
    })


def _write_all(folder, texts):
    os.makedirs(folder, exist_ok=True)
    for name, text in texts.items():
        with open(folder + '/' + name, 'w') as file:
            file.write(text)


def _make_devices():
    for name in DEVICES:
        _bind(OLD + '/dev/' + name, '/dev/' + name, MS_NOSUID)
    for name, target in (('fd', ''), ('stdin', '/0'), ('stdout', '/1'), ('stderr', '/2')):
        os.symlink('/proc/self/fd' + target, '/dev/' + name)


def _bind(source, target, flags=MS_RDONLY | MS_NOSUID | MS_NODEV):
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    mount(source, target, None, MS_BIND | MS_REC)
    # For the mounts below it too: a plain remount would leave them writable.
    attributes = struct.pack('QQQQ', flags, 0, 0, 0)
    at_recursive, at_fdcwd = 0x8000, -100
    result = kernel.syscall(kernel.MOUNT_SETATTR, at_fdcwd, os.fsencode(target), at_recursive, attributes, 32)
    kernel.check(result, 'mount_setattr ' + target)


def _parents(path):
    folders = []
    folder = os.path.dirname(path)
    while folder not in ('/', ''):
        folders.insert(0, folder)
        folder = os.path.dirname(folder)
    return folders


def _inside(path, folder):
    return path == folder or path.startswith(folder + '/')
