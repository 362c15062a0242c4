"""A matplotlib backend that keeps figures as pictures in ./out, where artifacts are collected.

Figures are written when they are shown; those that the script neither showed nor saved, when it ends. Loaded by
matplotlib itself in the script's process; nothing of the supervisor may be imported here.
"""
import atexit
import os

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase as FigureManager
from matplotlib.backends.backend_agg import FigureCanvasAgg

__all__ = ['FigureCanvas', 'FigureManager', 'show']

_owner = os.getpid()
_written = 0


class FigureCanvas(FigureCanvasAgg):
    saved = False

    def print_figure(self, *arguments, **options):
        self.saved = True
        return super().print_figure(*arguments, **options)


def show(*_arguments, **_options):
    """Every open figure becomes a picture, and is closed."""
    for manager in Gcf.get_all_fig_managers():
        _write(manager.canvas.figure)
    Gcf.destroy_all()


def _write(figure):
    """Complete or not there at all."""
    global _written
    _written += 1
    os.makedirs('out', exist_ok=True)
    draft = 'out/.plot-%d.png' % _written
    figure.savefig(draft, format='png')
    os.rename(draft, 'out/plot-%d.png' % _written)


def _write_the_rest():
    """A forked child has the figures of its parent, and must not write them a second time."""
    if os.getpid() != _owner:
        return
    for manager in Gcf.get_all_fig_managers():
        if not getattr(manager.canvas, 'saved', False):
            _write(manager.canvas.figure)


atexit.register(_write_the_rest)
