# Writes lines like the supervisor's own and looks for the nonce in all of its memory.
import os

os.write(1, b'\n0 exit eyJjYXVzZSI6ImV4aXRlZCJ9 00000000\n')


def occurrences(backwards):
    needle, found = bytes(reversed(backwards)), 0
    with open('/proc/self/maps') as file:
        areas = [line.split() for line in file]
    with open('/proc/self/mem', 'rb', 0) as memory:
        for area in areas:
            if 'r' not in area[1] or area[-1].startswith('[v'):
                continue
            start, end = (int(word, 16) for word in area[0].split('-'))
            try:
                memory.seek(start)
                found += memory.read(end - start).count(needle)
            except (OSError, ValueError, OverflowError):
                pass
    return found


# The nonce of this run, backwards, and one that no run ever had.
print('nonce is as rare as others:', occurrences(b'eca45e1bee70deef') == occurrences(b'eca45e1bee71deef'))
