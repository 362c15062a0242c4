// The supervisor's text, carried in the binary. A test proves that every file of the folder is listed.
import accounting from './accounting.py' with { type: 'text' };
import artifacts from './artifacts.py' with { type: 'text' };
import boot from './boot.py' with { type: 'text' };
import cgroups from './cgroups.py' with { type: 'text' };
import child from './child.py' with { type: 'text' };
import container from './container.py' with { type: 'text' };
import family from './family.py' with { type: 'text' };
import greenroom_plots from './greenroom_plots.py' with { type: 'text' };
import job from './job.py' with { type: 'text' };
import kernel from './kernel.py' with { type: 'text' };
import landlock from './landlock.py' with { type: 'text' };
import limits from './limits.py' with { type: 'text' };
import main from './main.py' with { type: 'text' };
import namespaces from './namespaces.py' with { type: 'text' };
import output from './output.py' with { type: 'text' };
import rootfs from './rootfs.py' with { type: 'text' };
import runclock from './runclock.py' with { type: 'text' };
import runner from './runner.py' with { type: 'text' };
import script from './script.py' with { type: 'text' };
import seccomp from './seccomp.py' with { type: 'text' };
import serve from './serve.py' with { type: 'text' };
import settings from './settings.py' with { type: 'text' };
import signals from './signals.py' with { type: 'text' };
import wire from './wire.py' with { type: 'text' };

export const supervisorFiles: Readonly<Record<string, string>> = {
  'accounting.py': accounting,
  'artifacts.py': artifacts,
  'boot.py': boot,
  'cgroups.py': cgroups,
  'child.py': child,
  'container.py': container,
  'family.py': family,
  'greenroom_plots.py': greenroom_plots,
  'job.py': job,
  'kernel.py': kernel,
  'landlock.py': landlock,
  'limits.py': limits,
  'main.py': main,
  'namespaces.py': namespaces,
  'output.py': output,
  'rootfs.py': rootfs,
  'runclock.py': runclock,
  'runner.py': runner,
  'script.py': script,
  'seccomp.py': seccomp,
  'serve.py': serve,
  'settings.py': settings,
  'signals.py': signals,
  'wire.py': wire,
};
