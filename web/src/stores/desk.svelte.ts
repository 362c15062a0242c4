// What lies on a person's desk: the script, its language and version, and the options of the next run. The script is kept
// as a draft in this browser.
import type { ExecutionView, ResourceLimits } from '#web/lib/api/types.gen.ts';
import { loadDraft, saveDraft } from '#web/lib/drafts.ts';
import {
  noOptions,
  type OptionFaults,
  type RequestOrFaults,
  type RunOptions,
  requestOf,
} from '#web/lib/run-options.ts';

interface DeskGiven {
  userId: string;
  limits: ResourceLimits;
  examples: Readonly<Record<string, string>>;
}

type ShownRun = Pick<ExecutionView, 'execution_id' | 'script' | 'lang' | 'lang_version'>;

export class Desk {
  readonly limits: ResourceLimits;
  readonly examples: Readonly<Record<string, string>>;
  readonly #userId: string;
  #script = $state('');
  #language = $state('');
  #version = $state('');
  #runId: string | null = null;
  #faults = $state.raw<OptionFaults>({});
  options = $state<RunOptions>({ ...noOptions });

  constructor({ userId, limits, examples }: DeskGiven) {
    this.#userId = userId;
    this.limits = limits;
    this.examples = examples;
    this.#restore();
  }

  get script(): string {
    return this.#script;
  }
  get language(): string {
    return this.#language;
  }
  get version(): string {
    return this.#version;
  }
  get faults(): OptionFaults {
    return this.#faults;
  }

  write(script: string): void {
    if (script === this.#script) return;
    this.#script = script;
    this.#keep();
  }

  /** A script that nobody changed follows the language. */
  choose(language: string, version: string): void {
    const untouched = this.#script.trim() === '' || this.#script === this.examples[this.#language];
    this.#choose(language, version);
    if (untouched) this.#script = this.examples[this.#language] ?? this.#script;
    this.#keep();
  }

  /** An example, in place of what was there. */
  replace(script: string, language: string, version: string): void {
    this.#choose(language, version);
    this.#script = script;
    this.#keep();
  }

  /** The script was sent as this run; what is written from now on belongs with it. */
  sentAs(runId: string): void {
    this.#runId = runId;
    this.#keep();
  }

  /** What a run was made of, unless something was written since; the draft is kept until somebody writes. */
  showRun({ execution_id: runId, script, lang, lang_version: version }: ShownRun): void {
    if (this.#runId === runId) return;
    this.#runId = runId;
    this.#choose(lang, version);
    this.#script = script;
  }

  /** No run is shown any more: the draft is there again. */
  leaveRun(): void {
    if (this.#runId === null) return;
    this.#restore();
    this.#runId = null;
  }

  request(): RequestOrFaults {
    const program = { script: this.#script, language: this.#language, version: this.#version };
    const result = requestOf(program, this.options);
    this.#faults = result.ok ? {} : result.faults;
    return result;
  }

  #restore(): void {
    const draft = loadDraft(localStorage, this.#userId);
    const offered = this.limits.supported_runtimes;
    const first = 'python' in offered ? 'python' : (Object.keys(offered)[0] ?? '');
    this.#choose(draft?.language ?? first, draft?.version ?? '');
    this.#script = draft?.script ?? this.examples[this.#language] ?? '';
    this.#runId = draft?.runId ?? null;
  }

  /** Only what is offered; the newest version where the wanted one is not. */
  #choose(language: string, version: string): void {
    const offered = this.limits.supported_runtimes;
    const known = language in offered ? language : (Object.keys(offered)[0] ?? '');
    const versions = offered[known]?.versions ?? [];
    this.#language = known;
    this.#version = known === language && versions.includes(version) ? version : (versions.at(-1) ?? '');
  }

  #keep(): void {
    saveDraft(localStorage, this.#userId, {
      script: this.#script,
      language: this.#language,
      version: this.#version,
      runId: this.#runId,
    });
  }
}
