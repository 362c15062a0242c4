import binascii
import json
import os
import unittest

import wire


def command(number, body):
    text = json.dumps(body).encode()
    return b'%d %s %s' % (number, wire.checksum(b'%d %s' % (number, text)), text)


class Commands(unittest.TestCase):
    def test_a_command_is_its_number_and_its_object(self):
        self.assertEqual(wire.parse_command(command(7, {'resend': 3})), (7, {'resend': 3}))

    def test_what_is_broken_is_nothing(self):
        good = command(7, {'resend': 3})
        for line in (b'', b'7', good[:-1], good.replace(b'resend', b'resent'), b'8' + good[1:], b'x' + good, command(1, [1]), good + b' '):
            self.assertIsNone(wire.parse_command(line), line)

    def test_text_that_is_no_json_is_nothing_even_with_the_right_sum(self):
        body = b'{"job"'
        self.assertIsNone(wire.parse_command(b'1 %s %s' % (wire.checksum(b'1 ' + body), body)))


class Receiving(unittest.TestCase):
    def test_lines_come_out_whole_however_the_bytes_are_cut(self):
        receiver, lines = wire.Receiver(), []
        for byte in b'\none\n\ntwo\nthr':
            receiver.feed(bytes([byte]))
            lines += receiver.lines()
        self.assertEqual(lines, [b'', b'one', b'', b'two'])
        receiver.feed(b'ee\n')
        self.assertEqual(list(receiver.lines()), [b'three'])


class Frames(unittest.TestCase):
    def test_a_frame_carries_a_sum_over_all_but_the_nonce(self):
        nonce, number, channel, data, check = wire.encode_frame(b'abc', 4, 'stdout', b'\x00\xff').split()
        self.assertEqual((nonce, number, channel, binascii.a2b_base64(data)), (b'abc', b'4', b'stdout', b'\x00\xff'))
        self.assertEqual(check, b'%08x' % binascii.crc32(b' '.join((number, channel, data))))

    def test_no_data_is_a_dash(self):
        self.assertEqual(wire.encode_frame(b'n', 0, 'started', b'').split()[3], b'-')


class Sending(unittest.TestCase):
    def setUp(self):
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.write_end, False)
        os.set_blocking(self.read_end, False)
        self.sender = wire.Sender(self.write_end, 100_000)
        self.sender.begin('n')

    def tearDown(self):
        for fd in (self.read_end, self.write_end):
            try:
                os.close(fd)
            except OSError:
                pass

    def written(self):
        self.sender.write()
        try:
            data = os.read(self.read_end, 1 << 20)
        except BlockingIOError:
            return []
        return [int(line.split()[1]) for line in data.splitlines()]

    def test_frames_are_numbered_from_nothing_without_a_gap(self):
        for _ in range(3):
            self.sender.frame('stdout', b'x')
        self.assertEqual(self.written(), [0, 1, 2])

    def test_frames_are_said_again_in_order_until_they_are_acknowledged(self):
        for _ in range(4):
            self.sender.frame('stdout', b'x')
        self.written()
        self.sender.acknowledge(1)
        self.sender.resend(0)
        self.assertEqual(self.written(), [2, 3])
        self.sender.resend(3)
        self.assertEqual(self.written(), [3])

    def test_what_still_waits_is_not_sent_twice_by_a_resend(self):
        self.sender.frame('stdout', b'x')
        self.written()
        self.sender.frame('stdout', b'y')
        self.sender.resend(0)
        self.assertEqual(self.written(), [0, 1])

    def test_room_shrinks_by_what_is_kept_and_comes_back_with_the_acknowledgement(self):
        before = self.sender.room()
        self.sender.frame('stdout', b'x' * 30_000)
        self.assertLess(self.sender.room(), before - 29_000)
        self.assertGreaterEqual(self.sender.room(), before - 32_000)
        self.sender.acknowledge(0)
        self.assertEqual(self.sender.room(), before)

    def test_everything_is_acknowledged_only_when_there_was_something(self):
        self.assertFalse(self.sender.all_acknowledged)
        self.sender.frame('exit', b'{}')
        self.assertFalse(self.sender.all_acknowledged)
        self.sender.acknowledge(0)
        self.assertTrue(self.sender.all_acknowledged)

    def test_a_full_pipe_loses_nothing(self):
        for _ in range(40):
            self.sender.frame('stdout', os.urandom(16_000))
        numbers, rest = [], b''
        while self.sender.wants_to_write:
            self.sender.write()
            rest += os.read(self.read_end, 1 << 16)
        while True:
            try:
                rest += os.read(self.read_end, 1 << 16)
            except BlockingIOError:
                break
        numbers = [int(line.split()[1]) for line in rest.splitlines()]
        self.assertEqual(numbers, list(range(40)))

    def test_a_closed_other_end_is_noticed(self):
        os.close(self.read_end)
        self.sender.frame('stdout', b'x')
        self.sender.write()
        self.assertTrue(self.sender.broken)
        self.assertFalse(self.sender.wants_to_write)


if __name__ == '__main__':
    unittest.main()
