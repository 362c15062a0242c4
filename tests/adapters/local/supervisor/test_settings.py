import unittest

import settings


class Parsing(unittest.TestCase):
    def test_values_take_the_type_of_their_default(self):
        parsed = settings.parse(['mode=reduced', 'uid=20001', 'binds=/a', 'binds=/b=c', 'counted=true'])
        self.assertEqual((parsed.mode, parsed.uid, parsed.binds, parsed.counted), ('reduced', 20001, ['/a', '/b=c'], True))
        self.assertFalse(parsed.contained)

    def test_the_defaults_are_those_of_a_local_sandbox(self):
        parsed = settings.parse([])
        self.assertEqual((parsed.mode, parsed.unacknowledged_bytes, parsed.pause_ms, parsed.farewell_ms, parsed.silence_ms),
                         ('full', 4 << 20, 60_000, 120_000, 90_000))
        self.assertTrue(parsed.contained)

    def test_a_pod_waits_for_a_new_monitor_wherever_its_mode_is_named(self):
        for arguments in (['mode=pod'], ['grace_ms=1', 'mode=pod']):
            parsed = settings.parse(arguments)
            self.assertEqual((parsed.mode, parsed.hangup, parsed.silence_ms), ('pod', 'stay', 0))
            self.assertTrue(parsed.contained)
        self.assertEqual(settings.parse(['silence_ms=5', 'mode=pod']).silence_ms, 5)

    def test_what_is_unknown_is_refused(self):
        for argument in ('colour=red', 'contained=true', 'mode=none', 'uid=many'):
            with self.assertRaises(ValueError, msg=argument):
                settings.parse([argument])


if __name__ == '__main__':
    unittest.main()
