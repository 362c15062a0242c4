# The host's listeners, its sockets in the file system, the way out.
import os
import socket
import sys

port, path = int(sys.argv[1]), sys.argv[2]
reached = []
for name, attempt in (
    ('loopback', lambda: socket.create_connection(('127.0.0.1', port), 1)),
    ('abstract', lambda: socket.socket(socket.AF_UNIX).connect('\0' + os.path.basename(path))),
    ('file', lambda: socket.socket(socket.AF_UNIX).connect(path)),
    ('out', lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('198.51.100.1', 9))),
    ('name', lambda: socket.getaddrinfo('example.com', 80)),
):
    try:
        attempt()
        reached.append(name)
    except OSError:
        pass
print('reached:', reached)
