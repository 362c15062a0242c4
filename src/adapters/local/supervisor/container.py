"""What a container around us gives: users and a disk of its own, a memory group that counts everybody in it.

Looked up, never believed: the spec of a pod may ask for more than its node can do.
"""
import os

GROUPS = '/sys/fs/cgroup'
SECOND = ('memory.max', 'memory.events', 'memory.peak', 'cpu.stat')
FIRST = ('memory/memory.limit_in_bytes', 'memory/memory.oom_control', 'memory/memory.max_usage_in_bytes',
         'cpuacct/cpuacct.usage')
"""Version 2 and version 1: the limit, and where it is told who was killed, the peak and the processor's time.
"""
UNLIMITED_BYTES = 1 << 60
ALL_USERS = 2**32 - 1


def look_around(settings, groups=GROUPS, proc='/proc/self'):
    """Completes the settings of a pod."""
    settings.own_users = _has_own_users(proc + '/uid_map')
    settings.own_disk = _is_memory_disk(proc + '/mountinfo', settings.workdir)
    for names in (SECOND, FIRST):
        limit, oom, peak, cpu = [groups + '/' + name for name in names]
        if not _limits(limit):
            continue
        settings.counted = True
        settings.oom_counter, settings.peak_counter, settings.cpu_counter = [
            path if os.access(path, os.R_OK) else '' for path in (oom, peak, cpu)
        ]


def _has_own_users(path):
    with open(path) as file:
        inside, outside, count = [int(word) for word in file.readline().split()]
    return (inside, outside, count) != (0, 0, ALL_USERS)


def _is_memory_disk(mounts, path):
    with open(mounts) as file:
        for line in file:
            place, _, source = line.partition(' - ')
            if place.split()[4] == path:
                return source.startswith('tmpfs ')
    return False


def _limits(path):
    try:
        with open(path) as file:
            text = file.read().strip()
    except OSError:
        return False
    return text.isdigit() and int(text) < UNLIMITED_BYTES
