"""From a started interpreter to a sandbox that waits for its job."""
import json
import os

import cgroups
import container
import kernel
import namespaces
import serve


def boot(settings):
    """Returns only in the script's own process, with the script to run."""
    try:
        cgroups.join(settings.cgroups)
        if settings.mode == 'pod':
            container.look_around(settings)
        counters = cgroups.Counters(settings)
        if settings.mode == 'full':
            namespaces.enter(settings)
        elif settings.mode == 'reduced':
            namespaces.become(settings.uid)
            kernel.die_with_parent(settings.parent)
        return serve.serve(settings, counters, 0, 1)
    except OSError as error:
        os.write(1, json.dumps({'failed': str(error)}).encode() + b'\n')
        os._exit(125)
