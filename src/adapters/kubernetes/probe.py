"""Looks out of a pod: prints as JSON what a script of somebody else would find there.

Arguments: addresses that must not be reached, each as HOST:PORT.
"""
import json
import os
import socket
import sys
import time

PATIENCE_S = 15


def reached(places):
    open_places = []
    for place in places:
        host, _, port = place.rpartition(':')
        try:
            socket.create_connection((host.strip('[]'), int(port)), 1).close()
            open_places.append(place)
        except OSError:
            pass
    return open_places


def status(name):
    with open('/proc/self/status') as file:
        for line in file:
            if line.startswith(name + ':'):
                return line.split(':', 1)[1].strip()
    return None


def writable(folder):
    try:
        path = os.path.join(folder, 'greenroom-probe')
        with open(path, 'w'):
            os.unlink(path)
        return True
    except OSError:
        return False


def own_users():
    with open('/proc/self/uid_map') as file:
        return file.read().split() != ['0', '0', '4294967295']


# A policy that was just applied takes a moment to be enforced.
until = time.monotonic() + PATIENCE_S
found = reached(sys.argv[1:])
while found and time.monotonic() < until:
    time.sleep(0.25)
    found = reached(sys.argv[1:])

print(json.dumps({
    'reached': found,
    'uid': os.getuid(),
    'capabilities': int(status('CapEff') or '1', 16),
    'no_new_privileges': status('NoNewPrivs') == '1',
    'seccomp': status('Seccomp'),
    'own_users': own_users(),
    'token': os.path.exists('/var/run/secrets/kubernetes.io/serviceaccount/token'),
    'root_writable': writable('/') or writable('/etc') or writable('/opt'),
}))
