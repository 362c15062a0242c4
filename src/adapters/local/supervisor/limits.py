"""Limits that the kernel keeps for each process: the script's side sets them on itself, after the job and
before the script.
"""
import resource

FILES_OPEN = 256
CPU_MARGIN_SECONDS = 5
"""The whole family's CPU time is measured by the supervisor; the kernel's own limit is only its backstop.
"""


def apply(limits, settings):
    """`limits`: those of the job. Where a memory group limits the family, no process needs a limit of its
    own; where the kernel would count a user's processes in other containers too, it is not asked to.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_MEMLOCK, 1 << 16)
    _lower(resource.RLIMIT_MSGQUEUE, 1 << 16)
    _lower(resource.RLIMIT_NOFILE, limits.get('files_open', FILES_OPEN))
    if limits.get('disk_bytes'):
        _lower(resource.RLIMIT_FSIZE, limits['disk_bytes'])
    if limits.get('processes') and settings.own_users:
        _lower(resource.RLIMIT_NPROC, limits['processes'])
    if limits.get('cpu_ms'):
        _lower(resource.RLIMIT_CPU, -(-limits['cpu_ms'] // 1000) + CPU_MARGIN_SECONDS)
    if limits.get('memory_bytes') and not settings.counted:
        # Data, not address space: programs that reserve much and use little still run.
        _lower(resource.RLIMIT_DATA, limits['memory_bytes'])


def _lower(kind, value):
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))
