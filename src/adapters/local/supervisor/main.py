"""Entry of the supervisor: the trusted first process of one sandbox. It serves one job and ends.

Started as `python3 -u -s -X utf8 main.py name=value ...`. The arguments hold no secret: a script can read
them. Keep this file small, because Python does not cache the compiled form of the file that it is started
with.
"""
import sys

import boot
import settings

script = boot.boot(settings.parse(sys.argv[1:]))
# Only the script's own process comes back here. It leaves by Python's ordinary way out: threads, atexit,
# flushing.
script.run()
