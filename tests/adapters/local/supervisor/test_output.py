import unittest

import output
import wire


class Recorder:
    def __init__(self):
        self.frames = []

    def frame(self, channel, data):
        self.frames.append((channel, data))


class Gathering(unittest.TestCase):
    def make(self, cap=1000):
        self.recorder = Recorder()
        return output.Output(self.recorder, cap, 5)

    def test_the_first_bytes_go_out_at_once_and_the_next_a_little_later(self):
        gathered = self.make()
        gathered.add('stdout', b'a')
        gathered.flush_if_due(100.0)
        gathered.add('stdout', b'b')
        gathered.flush_if_due(100.001)
        gathered.add('stdout', b'c')
        self.assertEqual(self.recorder.frames, [('stdout', b'a')])
        self.assertAlmostEqual(gathered.due(), 100.005)
        gathered.flush_if_due(100.006)
        self.assertEqual(self.recorder.frames[1:], [('stdout', b'bc')])

    def test_after_an_input_nothing_is_held_back(self):
        gathered = self.make()
        gathered.add('stdout', b'a')
        gathered.flush_if_due(100.0)
        gathered.hurry()
        gathered.add('stdout', b'b')
        gathered.flush_if_due(100.001)
        self.assertEqual(len(self.recorder.frames), 2)

    def test_streams_keep_their_order(self):
        gathered = self.make()
        for channel, data in (('stdout', b'1'), ('stderr', b'2'), ('stderr', b'3'), ('stdout', b'4')):
            gathered.add(channel, data)
        gathered.flush(0.0)
        self.assertEqual(self.recorder.frames, [('stdout', b'1'), ('stderr', b'23'), ('stdout', b'4')])

    def test_the_cap_is_exact_over_both_streams(self):
        gathered = self.make(cap=10)
        self.assertTrue(gathered.add('stdout', b'x' * 6))
        self.assertTrue(gathered.add('stderr', b'y' * 4))
        self.assertFalse(gathered.truncated)
        self.assertFalse(gathered.add('stdout', b'z'))
        self.assertTrue(gathered.truncated)
        self.assertEqual(gathered.bytes, {'stdout': 6, 'stderr': 4})

    def test_what_is_large_becomes_several_frames(self):
        gathered = self.make(cap=10 ** 6)
        gathered.add('stdout', b'x' * (wire.PIECE_BYTES * 2 + 1))
        gathered.flush(0.0)
        self.assertEqual([len(data) for _, data in self.recorder.frames], [wire.PIECE_BYTES, wire.PIECE_BYTES, 1])


if __name__ == '__main__':
    unittest.main()
