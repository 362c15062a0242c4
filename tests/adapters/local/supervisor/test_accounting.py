import os
import tempfile
import time
import unittest
from unittest import mock

import cgroups
import family
from accounting import Accounting
from settings import Settings


class FakeCounters:
    def __init__(self):
        self.oom, self.cpu, self.peak = 0, 0.0, None

    def oom_kills(self):
        return self.oom

    def cpu_seconds(self):
        return self.cpu

    def peak_bytes(self):
        return self.peak


class FakeFamily:
    def __init__(self, memory=0, alive=0.0, fair=0):
        self.memory, self.alive, self.fair = memory, alive, fair

    def usage(self):
        return self.memory, self.alive, 0.0

    def fair_memory(self):
        return self.fair

    def dead_cpu_seconds(self):
        return 0.0


def uncounted():
    counters = FakeCounters()
    counters.oom = counters.cpu = None
    return counters


class Limits(unittest.TestCase):
    def account(self, counters, its_family, limits, **settings):
        chosen = Settings()
        for name, value in settings.items():
            setattr(chosen, name, value)
        return Accounting(chosen, counters, its_family, limits)

    def test_processor_time_is_the_counters_less_our_own(self):
        counters = FakeCounters()
        account = self.account(counters, FakeFamily(), {'cpu_ms': 1000}, counted=True)
        counters.cpu = 0.9
        self.assertIsNone(account.look())
        counters.cpu = 1.5
        self.assertEqual(account.look()[0], 'cpu_limit')

    def test_without_a_counter_the_family_is_looked_at(self):
        account = self.account(uncounted(), FakeFamily(alive=1.2), {'cpu_ms': 1000})
        self.assertEqual(account.look()[0], 'cpu_limit')

    def test_memory_over_the_limit_counts_only_when_it_is_fairly_shared(self):
        limits = {'memory_bytes': 1000}
        self.assertIsNone(self.account(uncounted(), FakeFamily(memory=5000, fair=900), limits).look())
        account = self.account(uncounted(), FakeFamily(memory=5000, fair=1100), limits)
        self.assertEqual(account.look()[0], 'out_of_memory')
        self.assertGreaterEqual(account.peak_bytes(), 1100)

    def test_a_group_that_counts_is_not_second_guessed(self):
        account = self.account(FakeCounters(), FakeFamily(memory=5000, fair=5000), {'memory_bytes': 1000}, counted=True)
        self.assertIsNone(account.look())

    def test_only_a_kill_since_the_job_is_the_jobs(self):
        counters = FakeCounters()
        counters.oom = 3
        account = self.account(counters, FakeFamily(), {}, counted=True)
        self.assertFalse(account.out_of_memory())
        counters.oom = 4
        self.assertTrue(account.out_of_memory())

    def test_without_a_disk_of_our_own_its_use_is_counted(self):
        with tempfile.TemporaryDirectory() as folder:
            account = self.account(uncounted(), FakeFamily(), {'disk_bytes': 100_000}, mode='reduced', workdir=folder, inodes=4)
            with open(folder + '/a', 'wb') as file:
                file.write(b'x' * 50_000)
            self.assertIsNone(account.look())
            with open(folder + '/b', 'wb') as file:
                file.write(b'x' * 100_000)
            self.assertEqual(account.look()[0], 'disk_full')
            os.truncate(folder + '/b', 0)
            for name in 'cdefg':
                open('%s/%s' % (folder, name), 'w').close()
            self.assertEqual(account.look()[0], 'disk_full')

    def test_a_pods_own_disk_is_asked_for_its_use(self):
        account = self.account(uncounted(), FakeFamily(), {'disk_bytes': 100_000}, mode='pod', own_disk=True, inodes=4)
        disk = mock.Mock(f_blocks=1000, f_bfree=980, f_frsize=4096, f_files=500, f_ffree=496)
        with mock.patch('os.statvfs', return_value=disk):
            self.assertIsNone(account.look())
            disk.f_ffree = 495
            self.assertEqual(account.look()[0], 'disk_full')
            disk.f_ffree, disk.f_bfree = 496, 970
            self.assertEqual(account.look()[0], 'disk_full')


class Counters(unittest.TestCase):
    def counters(self, **texts):
        settings = Settings()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for name, text in texts.items():
            path = '%s/%s' % (self.folder.name, name)
            with open(path, 'w') as file:
                file.write(text)
            setattr(settings, name, path)
        return cgroups.Counters(settings)

    def test_both_versions_of_the_kernels_words_are_understood(self):
        oom = 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n'
        first = self.counters(oom_counter=oom, peak_counter='4096\n', cpu_counter='1500000000\n')
        self.assertEqual((first.oom_kills(), first.peak_bytes(), first.cpu_seconds()), (2, 4096, 1.5))
        oom, cpu = 'low 0\noom 1\noom_kill 1\n', 'usage_usec 2500000\nuser_usec 1\n'
        second = self.counters(oom_counter=oom, peak_counter='8192\n', cpu_counter=cpu)
        self.assertEqual((second.oom_kills(), second.peak_bytes(), second.cpu_seconds()), (1, 8192, 2.5))

    def test_no_counter_is_no_number(self):
        none = self.counters()
        self.assertEqual((none.oom_kills(), none.peak_bytes(), none.cpu_seconds()), (None, None, None))


class Members(unittest.TestCase):
    def test_children_and_their_children_are_found_counted_and_killed(self):
        watched = os.fork()
        if watched == 0:
            its_family = family.Family()
            for _ in range(2):
                if os.fork() == 0:
                    os.fork()
                    while True:
                        pass
            until = time.monotonic() + 10
            found = memory = alive = 0
            while (found < 4 or alive < 0.05) and time.monotonic() < until:
                time.sleep(0.01)
                found = len(its_family.members())
                memory, alive, _dead = its_family.usage()
            its_family.kill()
            for _ in range(found):
                os.wait()
            os._exit(0 if found == 4 and memory > 100_000 and alive >= 0.05 and not its_family.members() else 1)
        self.assertEqual(os.waitpid(watched, 0)[1], 0)


if __name__ == '__main__':
    unittest.main()
