import os

made = 0
try:
    while made < 200000:
        os.close(os.open('/tmp/f%d' % made, os.O_CREAT | os.O_WRONLY))
        made += 1
except OSError as error:
    print('stopped', error.errno, made < 16384)
else:
    print('made', made)
