"""The script's side. Forked before the job arrives, so that its memory never held the nonce; locked in
before it hears of it.

What goes wrong here before the script is let go is the platform's fault and must not look like the
script's.
"""
import binascii
import errno
import json
import os

import kernel
import landlock
import limits
import namespaces
import seccomp
import signals
from rootfs import EXTRAS
from script import Script

JOB_FD, REPORT_FD = 3, 4
FILES_MAX = 4096
READABLE = ('/usr', '/lib', '/lib32', '/lib64', '/libx32', '/bin', '/sbin', '/etc', '/proc')
READABLE_REDUCED = ('/usr', '/lib', '/lib64', '/bin', '/etc/ld.so.cache', '/etc/alternatives', '/etc/ssl/certs')
DEVICES = ('/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom')
GO, FULL = b'go', b'full'
"""What is reported: let go, or the run's own files do not fit. Anything else is a sentence about what went
wrong.
"""


def prepare(settings, job_fd, report_fd, streams):
    """Locks this process in, waits for the job, answers the script to run."""
    try:
        _take_places(job_fd, report_fd, streams)
        signals.forget()
        _lock_in(settings)
        with os.fdopen(JOB_FD, 'rb') as source:
            line = source.readline()
            if not line:
                os._exit(0)
            job = json.loads(line)
            script = _lay_out(settings, job, source)
        limits.apply(job['limits'], settings)
    except OSError as error:
        _report(FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else str(error).encode())
        os._exit(126)
    except BaseException as error:
        _report(('%s: %s' % (type(error).__name__, error)).encode())
        os._exit(126)
    _report(GO)
    os.close(REPORT_FD)
    return script


def _take_places(job_fd, report_fd, streams):
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
    # By way of high numbers: the places wanted may be taken by one another.
    import fcntl
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in (job_fd, report_fd)]
    for number, fd in zip((JOB_FD, REPORT_FD), high):
        os.dup2(fd, number, False)
    os.closerange(REPORT_FD + 1, 4096)
    os.setsid()


def _lock_in(settings):
    kernel.set_dumpable(True)   # our own /proc entries are ours again
    try:
        with open('/proc/self/oom_score_adj', 'w') as file:
            file.write('1000')   # the script goes first, never the supervisor
    except OSError:
        pass
    if settings.mode == 'full':
        namespaces.give_up_rights()
    writable = [settings.workdir, settings.temporary, *DEVICES]
    if settings.contained:
        landlock.restrict([*READABLE, EXTRAS, *settings.binds], [*writable, '/dev/shm'])
    else:
        landlock.restrict([*READABLE_REDUCED, *settings.binds], writable)
    seccomp.load(seccomp.build(own_network=settings.contained, counted=settings.counted))


def _lay_out(settings, job, source):
    os.chdir(settings.workdir)
    os.makedirs(settings.workdir + '/out', exist_ok=True)
    if len(job['files']) > FILES_MAX:
        raise ValueError('too many files')
    for file in job['files']:
        path = _inside(settings.workdir, file['path'])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as target:
            target.write(binascii.a2b_base64(source.read(file['size'])))
    os.environ.clear()
    os.environ.update({
        'PATH': '/usr/local/bin:/usr/bin:/bin',
        'HOME': settings.workdir,
        'TMPDIR': settings.temporary,
        'LANG': 'C.UTF-8',
        'PYTHONUNBUFFERED': '1',
        **_plots(settings),
        **job['env'],
    })
    path = _inside(settings.workdir, job['main'])
    with open(path, 'rb') as file:
        return Script(path, list(job['args']), file.read(), [EXTRAS] if _plots(settings) else [])


def _plots(settings):
    """Read by matplotlib only, where a script has it."""
    return {'MPLBACKEND': 'module://greenroom_plots'} if settings.contained else {}


def _inside(workdir, name):
    path = os.path.normpath(os.path.join(workdir, name))
    if not path.startswith(workdir + '/'):
        raise ValueError('a file outside the working directory')
    return path


def _report(text):
    try:
        os.write(REPORT_FD, text)
    except OSError:
        pass
