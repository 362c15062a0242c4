// The run that the page shows: sent, followed, typed into, stopped. It keeps nothing that the server does not know, so a
// page that is loaded again in mid-run shows the same.
import {
  getExecutionsById,
  postExecute,
  postExecutionsByIdCancel,
  postExecutionsByIdStdin,
} from '#web/lib/api/sdk.gen.ts';
import type { ExecutionRequest, ExecutionView } from '#web/lib/api/types.gen.ts';
import { outcomeOf, type Problem } from '#web/lib/errors.ts';
import type { OutputEvent, RunEvent } from '#web/lib/run-events.ts';
import { noProgress, progressAfter, type RunProgress } from '#web/lib/run-progress.ts';
import { followRun, type RunStream, type StreamState } from '#web/lib/run-stream.ts';
import { isUnfinished } from '#web/lib/run-words.ts';
import { createTranscript, type Row } from '#web/lib/transcript.ts';

export type RunPhase =
  | { kind: 'none' }
  | { kind: 'sending' }
  | { kind: 'loading'; id: string }
  | { kind: 'failed'; id: string | null; problem: Problem }
  | { kind: 'shown'; id: string };

export class Run {
  #phase = $state.raw<RunPhase>({ kind: 'none' });
  #progress = $state.raw<RunProgress>(noProgress);
  #rows = $state.raw<readonly Row[]>([]);
  #dropped = $state(0);
  #spoken = $state('');
  #stream = $state<StreamState | 'closed'>('closed');
  #stopping = $state(false);
  #takesInput = $state(false);
  /** What to add to the server's clock to have this one. */
  #clockOffsetMs = $state(0);
  #transcript = createTranscript();
  #following: RunStream | null = null;

  get phase(): RunPhase {
    return this.#phase;
  }
  get id(): string | null {
    return 'id' in this.#phase ? this.#phase.id : null;
  }
  get progress(): RunProgress {
    return this.#progress;
  }
  get rows(): readonly Row[] {
    return this.#rows;
  }
  get dropped(): number {
    return this.#dropped;
  }
  /** The latest output, for reading aloud. */
  get spoken(): string {
    return this.#spoken;
  }
  get stream(): StreamState | 'closed' {
    return this.#stream;
  }
  get stopping(): boolean {
    return this.#stopping && this.busy;
  }
  get takesInput(): boolean {
    return this.#takesInput;
  }
  get busy(): boolean {
    if (this.#phase.kind === 'sending') return true;
    return this.#phase.kind === 'shown' && this.#progress.end === null && isUnfinished(this.#progress.status);
  }
  /** By this clock; null while it does not run. */
  get runningSince(): number | null {
    const since = this.#progress.runningSince;
    return since === null ? null : since + this.#clockOffsetMs;
  }

  /** The new run's id, or null when it was refused: the phase tells why. */
  async start(request: ExecutionRequest): Promise<string | null> {
    this.#forget();
    this.#phase = { kind: 'sending' };
    const outcome = await outcomeOf(postExecute({ body: request }));
    if (!outcome.ok) {
      this.#phase = { kind: 'failed', id: null, problem: outcome.problem };
      return null;
    }
    const id = outcome.data.execution_id;
    this.#takesInput = request.stdin_open === true;
    this.#phase = { kind: 'shown', id };
    this.#follow(id);
    // Stop may have been pressed before there was anything to stop.
    if (this.#stopping) await this.#cancel(id);
    return id;
  }

  /** The run as the server keeps it, or null when it cannot be shown: the phase tells why. */
  async open(id: string): Promise<ExecutionView | null> {
    this.#forget();
    this.#phase = { kind: 'loading', id };
    const asked = Date.now();
    const call = getExecutionsById({ path: { execution_id: id } });
    const outcome = await outcomeOf(call);
    if (this.id !== id) return null;
    if (!outcome.ok) {
      this.#phase = { kind: 'failed', id, problem: outcome.problem };
      return null;
    }
    const { response } = await call;
    const serverNow = Date.parse(response?.headers.get('date') ?? '');
    // The header counts whole seconds; less than that is no difference of clocks.
    const offset = Number.isNaN(serverNow) ? 0 : asked - serverNow;
    this.#clockOffsetMs = Math.abs(offset) < 1_500 ? 0 : offset;
    const view = outcome.data;
    const startedAt = view.started_at === null ? null : Date.parse(view.started_at);
    this.#progress = { ...noProgress, status: view.status, runningSince: startedAt };
    // Whether its input is open is not told; the server says so when somebody types.
    this.#takesInput = view.ended_at === null;
    this.#phase = { kind: 'shown', id };
    this.#follow(id);
    return view;
  }

  /** Null when it was accepted. */
  async stop(): Promise<Problem | null> {
    if (!this.busy) return null;
    this.#stopping = true;
    return this.#phase.kind === 'shown' ? this.#cancel(this.#phase.id) : null;
  }

  async type(line: string): Promise<Problem | null> {
    // Shown before it is sent: the script may answer sooner than the server tells us that the line arrived.
    this.#echo(`${line}\n`);
    const problem = await this.#input({ data: `${line}\n` });
    if (problem !== null) this.#echo('(not sent)\n');
    return problem;
  }

  #echo(text: string): void {
    this.#transcript.echo(this.#progress.attempt, text);
    this.#show();
  }

  async endInput(): Promise<Problem | null> {
    const problem = await this.#input({ data: '', eof: true });
    if (problem === null) this.#takesInput = false;
    return problem;
  }

  /** Follows again after the stream was refused. */
  retry(): void {
    if (this.#phase.kind !== 'shown') return;
    const { id } = this.#phase;
    this.#transcript = createTranscript();
    this.#progress = noProgress;
    this.#show();
    this.#follow(id);
  }

  /** Leaves the run alone and shows none. */
  clear(): void {
    this.#forget();
    this.#phase = { kind: 'none' };
  }

  allRows(): readonly Row[] {
    return this.#transcript.rows;
  }

  #forget(): void {
    this.#following?.close();
    this.#following = null;
    this.#transcript = createTranscript();
    this.#progress = noProgress;
    this.#stopping = false;
    this.#takesInput = false;
    this.#clockOffsetMs = 0;
    this.#stream = 'closed';
    this.#spoken = '';
    this.#show();
  }

  #follow(id: string): void {
    this.#following?.close();
    this.#following = followRun(id, {
      onEvents: (events) => this.#take(events),
      onState: (state) => {
        this.#stream = state;
        if (state === 'refused') void this.#askWhy(id);
      },
    });
  }

  #take(events: readonly RunEvent[]): void {
    let progress = this.#progress;
    let output: OutputEvent[] = [];
    for (const event of events) {
      if (event.kind === 'output') {
        output.push(event);
        continue;
      }
      if (event.kind === 'state' && event.attempt > progress.attempt) {
        this.#transcript.add(output);
        output = [];
        this.#transcript.beginAttempt(event.attempt);
      }
      progress = progressAfter(progress, event);
    }
    this.#transcript.add(output);
    this.#progress = progress;
    if (progress.end !== null) {
      this.#stream = 'closed';
      this.#takesInput = false;
    }
    this.#show();
  }

  #show(): void {
    this.#rows = this.#transcript.rows;
    this.#dropped = this.#transcript.dropped;
    const spoken = this.#transcript.takeSpoken();
    if (spoken !== '') this.#spoken = spoken;
  }

  /** A stream that is refused does not say why; the run itself does. A session that has ended is noticed by the client. */
  async #askWhy(id: string): Promise<void> {
    const outcome = await outcomeOf(getExecutionsById({ path: { execution_id: id } }));
    if (outcome.ok || this.id !== id) return;
    const { problem } = outcome;
    if (problem.kind === 'missing' || problem.kind === 'forbidden')
      this.#phase = { kind: 'failed', id, problem };
  }

  async #cancel(id: string): Promise<Problem | null> {
    const outcome = await outcomeOf(postExecutionsByIdCancel({ path: { execution_id: id }, body: {} }));
    if (outcome.ok) return null;
    this.#stopping = false;
    // It ended by itself in the meantime: what was wanted is so.
    return outcome.problem.kind === 'refused' ? null : outcome.problem;
  }

  async #input(body: { data: string; eof?: boolean }): Promise<Problem | null> {
    if (this.#phase.kind !== 'shown') return null;
    const path = { execution_id: this.#phase.id };
    const outcome = await outcomeOf(postExecutionsByIdStdin({ path, body }));
    return outcome.ok ? null : outcome.problem;
  }
}
