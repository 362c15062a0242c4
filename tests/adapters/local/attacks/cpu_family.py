# Many children, none waited for: their time shows in nobody's account of children.
import os
import signal
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            pass
        os._exit(0)
    time.sleep(0.01)
