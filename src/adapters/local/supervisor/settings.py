"""What the host tells a supervisor on its command line, before there is a job.

One `name=value` an argument; a name may come again where a list is meant. Nothing secret belongs here.
"""

MODES = ('full', 'reduced', 'pod')
"""full: make our own namespaces. reduced: nothing around us but Landlock, seccomp and limits. pod: a
container is around us.
"""


class Settings:
    """Every value has a default that is right for a local sandbox with namespaces."""

    def __init__(self, mode='full'):
        self.mode = mode
        self.uid = 0
        """As root: the user that this one sandbox becomes. 0 keeps the user."""
        self.parent = 0
        """The process that started us; when it is another one by now, our owner is gone."""
        self.workdir = '/sandbox'
        self.temporary = '/tmp'
        self.binds = []
        """Folders of the host that are shown read-only at their own place: where the interpreter lives."""
        self.cgroups = []
        """Groups to join before anything else."""
        self.oom_counter = ''
        self.peak_counter = ''
        self.cpu_counter = ''
        self.counted = False
        """A memory group limits the whole family; without one, it is polled."""
        self.disk_bytes = 64 << 20
        self.inodes = 16384
        self.own_users = True
        """Processes of the same user elsewhere are not counted as ours."""
        self.own_disk = False
        """A pod's working directory lies on a disk of nobody else's."""
        self.hangup = 'stay' if mode == 'pod' else 'end'
        """What the end of our input means once there is a job: `end` of the run, or `stay`."""
        self.silence_ms = 0 if mode == 'pod' else 90_000
        """Longest silence of the owner once there is a job; 0: without bound."""
        self.unacknowledged_bytes = 4 << 20
        self.pause_ms = 60_000
        self.farewell_ms = 120_000
        """Longest wait for the acknowledgement of the exit frame. A minute in which nothing can be stored
        must not cost a run its end.
        """
        self.flush_ms = 5
        self.grace_ms = 5_000
        """Between SIGTERM and SIGKILL when a signal from outside, and no command, asks us to stop."""

    @property
    def contained(self):
        """There is a file system and a process list of our own."""
        return self.mode != 'reduced'


def parse(arguments):
    settings = Settings('pod' if 'mode=pod' in arguments else 'full')
    for argument in arguments:
        name, _, value = argument.partition('=')
        default = getattr(settings, name, None)
        if name == 'contained' or default is None:
            raise ValueError('unknown setting: ' + name)
        if isinstance(default, list):
            default.append(value)
        elif isinstance(default, bool):
            setattr(settings, name, value == 'true')
        else:
            setattr(settings, name, type(default)(value))
    if settings.mode not in MODES:
        raise ValueError('unknown mode: ' + settings.mode)
    return settings
