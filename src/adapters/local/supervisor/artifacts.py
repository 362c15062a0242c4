"""The files that a script left in ./out. Regular files only; no link is followed; bounded in number and
bytes.
"""
import json
import os
import stat

FILES_MAX = 32
BYTES_MAX = 8 << 20
ENTRIES_MAX = 4096


def collect(workdir, bytes_max, piece_bytes):
    """Yields pieces of data: for each file a head, then its bytes. Reads only as fast as it is asked."""
    try:
        folder = os.open(workdir + '/out', os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    left, files = min(bytes_max, BYTES_MAX), 0
    for name in _names(folder):
        try:
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError:
            continue
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode) or status.st_size > left:
                continue
            left, files = left - status.st_size, files + 1
            shown = name.encode('utf-8', 'replace').decode()
            yield json.dumps({'name': shown, 'size': status.st_size}).encode()
            yield from _content(fd, status.st_size, piece_bytes)
        finally:
            os.close(fd)
        if files >= FILES_MAX:
            break
    os.close(folder)


def _names(folder):
    names = []
    with os.scandir(folder) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) >= ENTRIES_MAX:
                break
    return sorted(names)


def _content(fd, size, piece_bytes):
    while size > 0:
        piece = os.read(fd, min(size, piece_bytes))
        if not piece:
            return
        size -= len(piece)
        yield piece
