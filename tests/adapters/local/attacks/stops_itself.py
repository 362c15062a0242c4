import os
import signal

print('zzz', flush=True)
os.killpg(0, signal.SIGSTOP)
