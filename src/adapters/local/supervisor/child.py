"""The script's process as the supervisor holds it: its pipes, its status, the job handed over once."""
import gc
import json
import os
import select
import time

import runner

REPORT_SECONDS = 30


class Child:
    """`fork` returns twice, like the call it is named after."""

    def __init__(self, pid, stdin, stdout, stderr, job, report):
        self.pid = pid
        self.stdin = stdin
        self.streams = {stdout: 'stdout', stderr: 'stderr'}
        self.status = None
        self.ended_at = 0.0
        self._job = job
        self._report = report

    def hand_over(self, job):
        """Waits until the script is let go. Answers what the script's side reported. Takes the files out of
        the job.

        One line, then the data of the files in base64, one after the other: nobody holds all of it twice.
        """
        files = job.pop('files')
        sizes = [{'path': file['path'], 'size': len(file['data'])} for file in files]
        try:
            self._write(json.dumps({**job, 'files': sizes}).encode() + b'\n')
            while files:
                self._write(files.pop(0)['data'].encode())
        except BrokenPipeError:
            return b'the process of the script is gone'
        os.close(self._job)
        if not select.select([self._report], [], [], REPORT_SECONDS)[0]:
            return b'the process of the script does not answer'
        report = os.read(self._report, 4096)
        os.close(self._report)
        for fd in (self.stdin, *self.streams):
            os.set_blocking(fd, False)
        return report or b'the process of the script is gone'

    def _write(self, data):
        with memoryview(data) as view:
            written = 0
            while written < len(view):
                written += os.write(self._job, view[written:written + 65536])

    def reap(self):
        """Everybody that ended; orphans are ours too. Answers whether nobody is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid == 0:
                return False
            if pid == self.pid:
                self.status, self.ended_at = status, time.monotonic()

    def reap_all(self):
        """After everybody was killed."""
        while not self.reap():
            time.sleep(0.0005)

    def close_stdin(self):
        if self.stdin is not None:
            os.close(self.stdin)
            self.stdin = None


def fork(settings):
    """In the script's process: the Script to run. In the supervisor: a Child."""
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    job_read, job_write = os.pipe()
    report_read, report_write = os.pipe()
    # What exists now is nobody's garbage: the script's interpreter does not have to look through it when it
    # ends.
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        return runner.prepare(settings, job_read, report_write, (in_read, out_write, err_write))
    for fd in (in_read, out_write, err_write, job_read, report_write):
        os.close(fd)
    return Child(pid, in_write, out_read, err_read, job_write, report_read)
