import unittest

from runclock import RunClock


class Clock(unittest.TestCase):
    def test_it_stands_still_while_it_is_paused(self):
        clock = RunClock(10.0)
        self.assertEqual(clock.elapsed(12.0), 2.0)
        clock.pause(12.0)
        clock.pause(13.0)
        self.assertTrue(clock.is_paused)
        self.assertEqual((clock.elapsed(15.0), clock.paused(15.0)), (2.0, 3.0))
        clock.resume(16.0)
        clock.resume(17.0)
        self.assertEqual((clock.elapsed(18.0), clock.paused(18.0)), (4.0, 4.0))

    def test_pauses_add_up(self):
        clock = RunClock(0.0)
        for start in (1.0, 3.0):
            clock.pause(start)
            clock.resume(start + 1.0)
        self.assertEqual((clock.paused(9.0), clock.elapsed(9.0)), (2.0, 7.0))


if __name__ == '__main__':
    unittest.main()
