// What lies on a person's desk: the script, its language and version, and the options of the next run. The script is kept
// as a draft in this browser.
import type { ResourceLimits } from '#web/lib/api/types.gen.ts';
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

export class Desk {
  readonly limits: ResourceLimits;
  readonly examples: Readonly<Record<string, string>>;
  readonly #userId: string;
  #script = $state('');
  #language = $state('');
  #version = $state('');
  #faults = $state.raw<OptionFaults>({});
  options = $state<RunOptions>({ ...noOptions });

  constructor({ userId, limits, examples }: DeskGiven) {
    this.#userId = userId;
    this.limits = limits;
    this.examples = examples;
    const draft = loadDraft(localStorage, userId);
    const first =
      'python' in limits.supported_runtimes ? 'python' : (Object.keys(limits.supported_runtimes)[0] ?? '');
    this.#choose(draft?.language ?? first, draft?.version ?? '');
    this.#script = draft?.script ?? examples[this.#language] ?? '';
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

  /** What a run that is opened was made of. */
  take(script: string, language: string, version: string): void {
    this.#choose(language, version);
    this.#script = script;
    this.#keep();
  }

  request(): RequestOrFaults {
    const program = { script: this.#script, language: this.#language, version: this.#version };
    const result = requestOf(program, this.options);
    this.#faults = result.ok ? {} : result.faults;
    return result;
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
    });
  }
}
