"""Runs one Python file the way `python -u main.py` does, in the interpreter that is already up.

Nothing of the supervisor may be seen by the script: its modules are taken out, its frames are cut off every
traceback.
"""
import builtins
import os
import signal
import sys
from importlib.machinery import SourceFileLoader


class Script:
    def __init__(self, path, arguments, source, extras):
        """`extras`: folders to look for modules in after all others."""
        self.path = path
        self.arguments = arguments
        self.source = source
        self.extras = extras

    def run(self):
        """Returns, or leaves by SystemExit: the interpreter then ends as after any script."""
        module = type(sys)('__main__')
        module.__file__ = self.path
        module.__builtins__ = builtins
        module.__loader__ = SourceFileLoader('__main__', self.path)
        if sys.version_info < (3, 15):
            module.__cached__ = None
        if sys.version_info < (3, 14):
            module.__annotations__ = {}
        _hide_supervisor()
        sys.modules['__main__'] = module
        sys.path[:] = [os.path.dirname(self.path), *sys.path, *self.extras]
        sys.argv = [os.path.basename(self.path)] + self.arguments
        if hasattr(sys, 'orig_argv'):
            sys.orig_argv = [sys.executable, '-u'] + sys.argv
        try:
            exec(compile(self.source, self.path, 'exec', dont_inherit=True), module.__dict__)
        except SystemExit:
            raise
        except BaseException as error:
            _report(error)


def _hide_supervisor():
    here = os.path.dirname(__file__)
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, '__file__', None) or '') == here:
            del sys.modules[name]
    sys.path[:] = [path for path in sys.path if path != here]
    sys.path_importer_cache.pop(here, None)


def _report(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    sys.excepthook(type(error), error, trace)
    if isinstance(error, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    sys.exit(1)
