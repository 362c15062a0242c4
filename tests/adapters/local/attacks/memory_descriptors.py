# Files that exist in memory only, in no folder.
import os

written = 0
try:
    while written < 1 << 30:
        fd = os.memfd_create('x')
        for _ in range(8):
            written += os.write(fd, b'x' * (1 << 20))
except (OSError, AttributeError) as error:
    print('stopped', getattr(error, 'errno', None))
else:
    print('held 1 GiB')
