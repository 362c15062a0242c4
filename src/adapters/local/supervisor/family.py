"""All processes of the script: who they are, how to end them, what they use."""
import os
import resource
import signal
import time

import kernel

TICKS = os.sysconf('SC_CLK_TCK')


class Family:
    def __init__(self):
        self._alone = os.getpid() == 1
        self._alive = {}
        """(process, start) → ticks of its own, at the last look."""
        self._vanished_ticks = 0
        if not self._alone:
            # Every orphan becomes our child, so that none leaves our tree.
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)

    def kill(self):
        if self._alone:
            # Everyone but ourselves. Never outside a process list of our own: it would end all of this
            # user's processes.
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                pass
            return
        for _ in range(200):
            members = self.members()
            for member in members:
                try:
                    os.kill(member, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not [member for member in members if _state(member) not in (b'Z', None)]:
                return
            time.sleep(0.001)

    def members(self):
        if self._alone:
            return [int(name) for name in os.listdir('/proc') if name.isdigit() and name != '1']
        return _tree(os.getpid())

    def usage(self):
        """(bytes of memory, seconds of CPU by the living, seconds of CPU by the dead). Shared pages count
        once for each.

        Children that nobody waits for leave no time behind: the dead are also counted by what they were last seen with.
        """
        memory = waited_ticks = 0
        alive = {}
        for member in self.members():
            try:
                with open('/proc/%d/stat' % member, 'rb') as file:
                    fields = file.read().rsplit(b')', 1)[1].split()
                alive[member, fields[19]] = int(fields[11]) + int(fields[12])
                waited_ticks += int(fields[13]) + int(fields[14])
                memory += _kilobytes(member, 'status', (b'RssAnon', b'RssShmem')) << 10
            except (OSError, IndexError):
                continue
        self._vanished_ticks += sum(ticks for key, ticks in self._alive.items() if key not in alive)
        self._alive = alive
        return memory, sum(alive.values()) / TICKS, self.dead_cpu_seconds(waited_ticks)

    def dead_cpu_seconds(self, waited_ticks=0):
        dead = resource.getrusage(resource.RUSAGE_CHILDREN)
        return max(waited_ticks / TICKS + dead.ru_utime + dead.ru_stime, self._vanished_ticks / TICKS)

    def fair_memory(self):
        """Shared pages are divided among their users: right, and slow."""
        total = 0
        for member in self.members():
            # A process can hide its map by becoming non-dumpable; its status stays readable.
            for name, fields in (('smaps_rollup', (b'Pss_Anon', b'Pss_Shmem')), ('status', (b'RssAnon', b'RssShmem'))):
                try:
                    total += _kilobytes(member, name, fields) << 10
                    break
                except OSError:
                    continue
        return total


def _tree(pid):
    try:
        with open('/proc/%d/task/%d/children' % (pid, pid)) as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return []
    return children + [descendant for child in children for descendant in _tree(child)]


def _state(pid):
    try:
        with open('/proc/%d/stat' % pid, 'rb') as file:
            return file.read().rsplit(b')', 1)[1].split()[0]
    except (OSError, IndexError):
        return None


def _kilobytes(pid, name, fields):
    with open('/proc/%d/%s' % (pid, name), 'rb') as file:
        return sum(int(line.split()[1]) for line in file if line.startswith(fields))
