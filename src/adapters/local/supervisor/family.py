"""All processes of the script: who they are, how to end them, what they use."""
import os
import signal
import time

import kernel

TICKS = os.sysconf('SC_CLK_TCK')


class Family:
    def __init__(self):
        self._alone = os.getpid() == 1
        if not self._alone:
            # Every orphan becomes our child, so that none leaves our tree.
            kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)

    def kill(self):
        if self._alone:
            # Everyone but ourselves. Never outside a process list of our own: it would end all of this user's processes.
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
        """(bytes of memory, seconds of CPU) of those that live now; shared pages count once for each."""
        memory = ticks = 0
        for member in self.members():
            try:
                with open('/proc/%d/stat' % member, 'rb') as file:
                    fields = file.read().rsplit(b')', 1)[1].split()
                ticks += sum(int(field) for field in fields[11:15])
                memory += _kilobytes(member, 'status', (b'RssAnon', b'RssShmem')) << 10
            except (OSError, IndexError):
                continue
        return memory, ticks / TICKS

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
