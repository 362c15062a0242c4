import json
import os
import tempfile
import unittest

import artifacts


class Collecting(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.out = self.folder.name + '/out'
        os.mkdir(self.out)

    def tearDown(self):
        self.folder.cleanup()

    def put(self, name, data):
        with open(os.path.join(self.out, name), 'wb') as file:
            file.write(data)

    def collect(self, bytes_max=1000, piece=10):
        found, left = [], 0
        for data in artifacts.collect(self.folder.name, bytes_max, piece):
            if left == 0:
                head = json.loads(data)
                left = head['size']
                found.append([head['name'], b''])
            else:
                self.assertLessEqual(len(data), piece)
                found[-1][1] += data
                left -= len(data)
        return {name: data for name, data in found}

    def test_files_come_whole_and_in_order_of_their_names(self):
        self.put('b', b'x' * 25)
        self.put('a', b'')
        self.put('c', b'yz')
        self.assertEqual(list(self.collect().items()), [('a', b''), ('b', b'x' * 25), ('c', b'yz')])

    def test_only_regular_files_are_taken_and_no_link_is_followed(self):
        self.put('good', b'1')
        os.symlink('/etc/passwd', self.out + '/link')
        os.symlink('good', self.out + '/near')
        os.mkfifo(self.out + '/pipe')
        os.mkdir(self.out + '/folder')
        self.assertEqual(self.collect(), {'good': b'1'})

    def test_what_does_not_fit_in_the_bound_is_passed_over(self):
        self.put('a', b'x' * 60)
        self.put('b', b'x' * 60)
        self.put('c', b'x' * 40)
        self.assertEqual(list(self.collect(bytes_max=100)), ['a', 'c'])

    def test_the_number_of_files_is_bounded(self):
        for number in range(artifacts.FILES_MAX + 5):
            self.put('f%02d' % number, b'1')
        self.assertEqual(len(self.collect()), artifacts.FILES_MAX)

    def test_a_folder_that_is_a_link_gives_nothing(self):
        os.rmdir(self.out)
        os.symlink('/etc', self.out)
        self.assertEqual(self.collect(), {})

    def test_a_name_that_is_no_text_is_still_shown(self):
        with open(os.fsencode(self.out) + b'/\xff', 'wb') as file:
            file.write(b'1')
        self.assertEqual(list(self.collect().values()), [b'1'])


if __name__ == '__main__':
    unittest.main()
