# Children that hide their maps.
import ctypes
import os
import time

ctypes.CDLL(None).prctl(4, 0)
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(150 << 20)
        for at in range(0, len(held), 4096):
            held[at] = 1
        time.sleep(3)
        os._exit(0)
lived = [os.wait()[1] for _ in range(4)].count(0)
print('held', lived == 4)
