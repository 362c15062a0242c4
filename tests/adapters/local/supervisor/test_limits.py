import os
import resource
import unittest

import limits
from settings import Settings


class OfEachProcess(unittest.TestCase):
    def limit_of(self, kind, **chosen):
        """What a process that has applied the limits on itself sees."""
        settings = Settings()
        for name, value in chosen.items():
            setattr(settings, name, value)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            limits.apply({'processes': 77, 'memory_bytes': 1 << 30}, settings)
            os.write(write, str(resource.getrlimit(kind)[0]).encode())
            os._exit(0)
        os.waitpid(child, 0)
        seen = int(os.read(read, 64))
        os.close(read)
        os.close(write)
        return seen

    def test_processes_are_limited_where_only_our_own_count(self):
        self.assertEqual(self.limit_of(resource.RLIMIT_NPROC), 77)
        before = resource.getrlimit(resource.RLIMIT_NPROC)[0]
        self.assertEqual(self.limit_of(resource.RLIMIT_NPROC, own_users=False), before)

    def test_memory_is_limited_where_no_group_counts_it(self):
        self.assertEqual(self.limit_of(resource.RLIMIT_DATA), 1 << 30)
        before = resource.getrlimit(resource.RLIMIT_DATA)[0]
        self.assertEqual(self.limit_of(resource.RLIMIT_DATA, counted=True), before)


if __name__ == '__main__':
    unittest.main()
