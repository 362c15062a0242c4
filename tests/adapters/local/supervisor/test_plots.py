"""The backend against a stand-in for matplotlib: what is written when, and under which name."""
import importlib
import os
import sys
import tempfile
import types
import unittest


class Figure:
    def __init__(self, canvas):
        self.canvas = canvas

    def savefig(self, path, **_options):
        self.canvas.print_figure(path)


class FigureCanvasAgg:
    def __init__(self):
        self.figure = Figure(self)

    def print_figure(self, path):
        with open(path, 'w') as file:
            file.write('picture')


class Gcf:
    managers = []

    @classmethod
    def get_all_fig_managers(cls):
        return list(cls.managers)

    @classmethod
    def destroy_all(cls):
        cls.managers.clear()


class Manager:
    def __init__(self, canvas):
        self.canvas = canvas


STAND_IN = {
    'matplotlib': {},
    'matplotlib._pylab_helpers': {'Gcf': Gcf},
    'matplotlib.backend_bases': {'FigureManagerBase': Manager},
    'matplotlib.backends': {},
    'matplotlib.backends.backend_agg': {'FigureCanvasAgg': FigureCanvasAgg},
}


class Plots(unittest.TestCase):
    def setUp(self):
        for name, members in STAND_IN.items():
            module = types.ModuleType(name)
            module.__dict__.update(members)
            sys.modules[name] = module
        sys.modules.pop('greenroom_plots', None)
        self.backend = importlib.import_module('greenroom_plots')
        self.before = os.getcwd()
        self.folder = tempfile.TemporaryDirectory()
        os.chdir(self.folder.name)
        Gcf.managers = []

    def tearDown(self):
        Gcf.managers = []
        os.chdir(self.before)
        self.folder.cleanup()
        for name in STAND_IN:
            del sys.modules[name]

    def open_figure(self):
        manager = self.backend.FigureManager(self.backend.FigureCanvas())
        Gcf.managers.append(manager)
        return manager.canvas.figure

    def written(self):
        return sorted(os.listdir('out')) if os.path.isdir('out') else []

    def test_what_is_shown_is_written_once_and_numbered_on(self):
        self.open_figure()
        self.open_figure()
        self.backend.show()
        self.assertEqual((self.written(), Gcf.managers), (['plot-1.png', 'plot-2.png'], []))
        self.open_figure()
        self.backend.show()
        self.backend._write_the_rest()
        self.assertEqual(self.written(), ['plot-1.png', 'plot-2.png', 'plot-3.png'])

    def test_what_was_neither_shown_nor_saved_is_written_at_the_end(self):
        self.open_figure().savefig('own')
        self.open_figure()
        self.backend._write_the_rest()
        self.assertEqual(self.written(), ['plot-1.png'])

    def test_a_forked_child_writes_nothing(self):
        self.open_figure()
        pid = os.fork()
        if pid == 0:
            self.backend._write_the_rest()
            os._exit(0)
        os.waitpid(pid, 0)
        self.assertEqual(self.written(), [])


if __name__ == '__main__':
    unittest.main()
