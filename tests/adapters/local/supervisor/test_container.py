import os
import tempfile
import unittest

import container
import settings

MOUNTS = '''30 20 0:40 / / ro,relatime - overlay overlay ro
31 30 0:41 /sandbox /sandbox rw,nosuid - tmpfs tmpfs rw,size=65536k
32 30 8:1 /volume /plain rw - ext4 /dev/sda rw
'''


class LookingAround(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write('uid_map', '0 0 4294967295\n')
        self.write('mountinfo', MOUNTS)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write(text)

    def look(self, *arguments):
        found = settings.parse(['mode=pod', *arguments])
        container.look_around(found, self.folder, self.folder)
        return found

    def test_the_users_of_the_node_are_not_our_own(self):
        self.assertFalse(self.look().own_users)

    def test_a_map_of_users_makes_them_our_own(self):
        self.write('uid_map', '         0  131072      65536\n')
        self.assertTrue(self.look().own_users)

    def test_a_disk_of_memory_is_told_from_a_folder(self):
        self.assertTrue(self.look().own_disk)
        self.assertFalse(self.look('workdir=/plain').own_disk)
        self.assertFalse(self.look('workdir=/nowhere').own_disk)

    def test_without_a_limit_nothing_counts(self):
        for limit in ('max\n', '9223372036854771712\n'):
            self.write('memory.max', limit)
            self.write('memory/memory.limit_in_bytes', limit)
            self.assertEqual((self.look().counted, self.look().oom_counter), (False, ''))

    def test_the_files_of_version_2(self):
        self.write('memory.max', '134217728\n')
        for name in ('memory.events', 'cpu.stat'):
            self.write(name, '')
        found = self.look()
        self.assertTrue(found.counted)
        self.assertEqual((found.oom_counter, found.peak_counter, found.cpu_counter),
                         (self.folder + '/memory.events', '', self.folder + '/cpu.stat'))

    def test_the_files_of_version_1(self):
        self.write('memory/memory.limit_in_bytes', '134217728\n')
        names = ('memory/memory.oom_control', 'memory/memory.max_usage_in_bytes', 'cpuacct/cpuacct.usage')
        for name in names:
            self.write(name, '')
        found = self.look()
        self.assertTrue(found.counted)
        self.assertEqual([found.oom_counter, found.peak_counter, found.cpu_counter],
                         [self.folder + '/' + name for name in names])


if __name__ == '__main__':
    unittest.main()
