import { poissonArrivals } from './arrivals.ts';
import { Connection } from './connection.ts';
import type { LoadPlan, LoadResult, RequestSource } from './plan.ts';
import { processorTime } from './processor-time.ts';
import type { RequestQueue } from './queue.ts';
import { Recorder } from './recorder.ts';
import { requestQueue } from './request-queue.ts';

/** Milliseconds to wait for answers after the last request. */
const GRACE_MS = 5_000;

type Line = { readonly connection: Connection; readonly number: number; due: number | undefined };

/** Sends the requests of a plan to 127.0.0.1, and measures the answers. */
export async function runLoad(plan: LoadPlan, source: RequestSource): Promise<LoadResult> {
  const queue = requestQueue(source, plan.connections);
  const lines = await openLines(plan);
  const start = performance.now();
  const from = start + plan.warmUpSeconds * 1_000;
  const until = from + plan.seconds * 1_000;
  const recorder = new Recorder(from, until);
  const busy = processorTime(from, until);
  await new Run(lines, queue, recorder, until).drive(plan, start);
  for (const line of lines) line.connection.close();
  return { ...recorder.summary(), generatorBusy: busy(), tokens: queue.tokens() };
}

async function openLines(plan: LoadPlan): Promise<Line[]> {
  const numbers = Array.from({ length: plan.connections }, (_, number) => number);
  return Promise.all(
    numbers.map(async (number) => ({
      connection: await Connection.open(plan.port),
      number,
      due: undefined,
    })),
  );
}

class Run {
  readonly #lines: readonly Line[];
  readonly #queue: RequestQueue;
  readonly #recorder: Recorder;
  #until: number;
  readonly #idle: Line[] = [];
  readonly #done = Promise.withResolvers<undefined>();
  /** Is called when a connection has no request under way. */
  #onIdle: (line: Line, now: number) => void = () => {};

  constructor(lines: readonly Line[], queue: RequestQueue, recorder: Recorder, until: number) {
    this.#lines = lines;
    this.#queue = queue;
    this.#recorder = recorder;
    this.#until = until;
    for (const line of lines) this.#listen(line);
  }

  async drive(plan: LoadPlan, start: number): Promise<void> {
    const grace = setTimeout(
      () => {
        this.#giveUp();
      },
      this.#until + GRACE_MS - performance.now(),
    );
    if (plan.pace.kind === 'closed') this.#closed();
    else this.#open(poissonArrivals(plan.pace.perSecond, plan.pace.seed), start);
    await this.#done.promise;
    clearTimeout(grace);
  }

  #closed(): void {
    this.#onIdle = (line, now) => {
      if (now < this.#until) this.#send(line, now, now);
      else this.#rest(line);
    };
    for (const line of this.#lines) this.#onIdle(line, performance.now());
  }

  /** Spins, because a timer of 1 ms would group requests into bursts. */
  #open(arrivals: Generator<number, never>, start: number): void {
    this.#idle.push(...this.#lines);
    let due = start + arrivals.next().value;
    this.#onIdle = (line) => this.#idle.push(line);
    const spin = (): void => {
      const now = performance.now();
      for (; due <= now && due < this.#until; due = start + arrivals.next().value) {
        const line = this.#idle.pop();
        if (line === undefined) break;
        this.#send(line, due, now);
      }
      // Due requests are sent even late, so that a slow server does not get fewer of them.
      if (due < this.#until && now < this.#until + GRACE_MS) return void setImmediate(spin);
      for (; due < this.#until; due = start + arrivals.next().value) this.#recorder.lost(1);
      this.#finish();
    };
    spin();
  }

  /** Ends the run after the last arrival, once every connection is idle. */
  #finish(): void {
    this.#onIdle = (line) => {
      this.#rest(line);
    };
    if (this.#idle.length === this.#lines.length) this.#done.resolve(undefined);
  }

  #rest(line: Line): void {
    this.#idle.push(line);
    if (this.#idle.length === this.#lines.length) this.#done.resolve(undefined);
  }

  #send(line: Line, due: number, now: number): void {
    const request = this.#queue.next(line.number);
    if (request === undefined) {
      this.#usedUp(line, now);
      return;
    }
    line.due = due;
    this.#recorder.sent(due, now);
    line.connection.send(request);
  }

  #usedUp(line: Line, now: number): void {
    if (now < this.#until) {
      this.#until = now;
      this.#recorder.end(now);
    }
    this.#rest(line);
  }

  #listen(line: Line): void {
    line.connection.onAnswer = (answer) => {
      const now = performance.now();
      this.#recorder.answered(answer.status, line.due ?? now, now);
      this.#queue.answered(line.number, answer);
      line.due = undefined;
      this.#onIdle(line, now);
    };
    line.connection.onLost = () => {
      this.#recorder.lost(1);
      this.#done.resolve(undefined);
    };
  }

  #giveUp(): void {
    this.#recorder.lost(this.#lines.filter((line) => line.due !== undefined).length);
    this.#done.resolve(undefined);
  }
}
