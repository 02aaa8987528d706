import type { Row, Server } from './contestants/contestant.ts';
import type { LoadGenerator } from './load/load-generator.ts';
import type { LoadPlan, Pace } from './load/plan.ts';
import { processorMillis } from './machine.ts';
import type { RowKey } from './row-key.ts';
import type { Sample, Samples } from './sample.ts';

export type RoundsPlan = {
  readonly rounds: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** The number of one-use requests for a measurement. */
  readonly codes: number;
  pace(round: number): Pace;
};

type Entry = { readonly server: Server; readonly row: Row };

/**
 * Measures every row once per round. Each round begins with another row. One server runs at a time, and
 * the others are stopped.
 */
export class Rounds {
  readonly #generator: LoadGenerator;
  readonly #entries: readonly Entry[];
  /** Carries the current tokens of a chain from one measurement to the next. */
  readonly #tokens = new Map<RowKey, readonly string[]>();

  constructor(generator: LoadGenerator, servers: readonly Server[]) {
    this.#generator = generator;
    this.#entries = servers.flatMap((server) => server.rows.map((row) => ({ server, row })));
  }

  async measure(plan: RoundsPlan, only?: readonly RowKey[]): Promise<Samples> {
    const entries = this.#entries.filter(({ row }) => only?.includes(row.key) ?? true);
    const samples = new Map<RowKey, Sample[]>(entries.map(({ row }) => [row.key, []]));
    for (let round = 0; round < plan.rounds; round += 1) {
      const first = round % entries.length;
      for (const entry of [...entries.slice(first), ...entries.slice(0, first)]) {
        const sample = await this.#sample(entry, plan, round);
        samples.get(entry.row.key)?.push(sample);
        console.error(progress(round, entry.row, sample));
      }
    }
    return samples;
  }

  async #source({ key, source }: Row, codes: number): Promise<LoadPlan['source']> {
    if (source.kind === 'fresh') return { kind: 'once', requests: await source.make(codes) };
    if (source.kind === 'chain')
      return { ...source, tokens: this.#tokens.get(key) ?? source.tokens };
    return source;
  }

  async #sample({ server, row }: Entry, plan: RoundsPlan, round: number): Promise<Sample> {
    server.child.resume();
    const source = await this.#source(row, plan.codes);
    const before = processorMillis(server.child.pid);
    const { connections, warmUpSeconds, seconds } = plan;
    const pace = plan.pace(round);
    const load = { port: server.port, connections, warmUpSeconds, seconds, pace, source };
    const result = await this.#generator.run(load);
    const after = processorMillis(server.child.pid);
    server.child.pause();
    this.#tokens.set(row.key, result.tokens);
    const used = before === undefined || after === undefined ? undefined : after - before;
    return { ...result, serverMicros: used && (used * 1_000) / Math.max(1, result.answered) };
  }
}

function progress(round: number, row: Row, sample: Sample): string {
  const rate = Math.round(sample.perSecond).toLocaleString('en');
  const flaw = Object.keys(sample.refused).length > 0 || sample.lost > 0 ? '  INVALID' : '';
  return `round ${round + 1}  ${row.label.padEnd(44)} ${rate.padStart(8)}/s${flaw}`;
}
