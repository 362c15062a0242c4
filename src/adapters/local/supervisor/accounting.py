"""What the family uses, against its limits. Counters of a group where there is one, else looking into
/proc.
"""
import os
import resource
import time

LOOK_SECONDS = 0.05


class Accounting:
    def __init__(self, settings, counters, family, limits):
        self._settings = settings
        self._counters = counters
        self._family = family
        self._limits = limits
        self._peak_bytes = 0
        self._cpu_before = counters.cpu_seconds()
        self._own_before = _own_cpu()
        self._oom_before = counters.oom_kills()
        self._next = time.monotonic() + LOOK_SECONDS

    @property
    def due(self):
        return self._next

    def look(self):
        """(cause, detail) when a limit is broken, else None."""
        self._next = time.monotonic() + LOOK_SECONDS
        cpu_seen = 0.0
        memory_limit = self._limits.get('memory_bytes')
        if not self._settings.counted or self._cpu_before is None:
            memory, alive, dead = self._family.usage()
            cpu_seen = alive + dead
            if memory_limit and not self._settings.counted and memory > memory_limit:
                memory = self._family.fair_memory()
                if memory > memory_limit:
                    self._peak_bytes = max(self._peak_bytes, memory)
                    return 'out_of_memory', 'memory %d of %d bytes' % (memory, memory_limit)
            self._peak_bytes = max(self._peak_bytes, memory)
        cpu_ms, cpu_limit = int(self._cpu_seconds(cpu_seen) * 1000), self._limits.get('cpu_ms')
        if cpu_limit and cpu_ms > cpu_limit:
            return 'cpu_limit', 'cpu %d of %d ms' % (cpu_ms, cpu_limit)
        return self._disk()

    def out_of_memory(self):
        """The group's memory ran out since the job came."""
        return self._oom_before is not None and (self._counters.oom_kills() or 0) > self._oom_before

    def cpu_ms(self):
        """Once everybody is gone and reaped."""
        return int(self._cpu_seconds(self._family.dead_cpu_seconds()) * 1000)

    def peak_bytes(self):
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
        return max(self._peak_bytes, self._counters.peak_bytes() or largest)

    def _cpu_seconds(self, seen):
        if self._cpu_before is None:
            return seen
        # The counter knows of everybody; our own part is not the script's.
        counted = self._counters.cpu_seconds() - self._cpu_before - (_own_cpu() - self._own_before)
        return max(seen, counted)

    def _disk(self):
        """Where we size the disk for each job, the kernel says no by itself. A pod's is as large as the pod
        was made, with no bound of files: the kernel tells its use. Elsewhere there is a folder to walk through.
        """
        limit = self._limits.get('disk_bytes')
        if self._settings.mode == 'full' or not limit:
            return None
        measure = _disk_use if self._settings.own_disk else _folder_size
        used, files = measure(self._settings.workdir, self._settings.inodes)
        if used <= limit and files <= self._settings.inodes:
            return None
        return 'disk_full', 'disk %d of %d bytes, %d of %d files' % (used, limit, files, self._settings.inodes)


def _own_cpu():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def _disk_use(path, _entries_max):
    disk = os.statvfs(path)
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize, disk.f_files - disk.f_ffree


def _folder_size(path, entries_max):
    used = entries = 0
    for folder, folders, files in os.walk(path):
        entries += len(folders) + len(files)
        for name in files:
            try:
                used += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except OSError:
                continue
        if entries > entries_max:
            break
    return used, entries
