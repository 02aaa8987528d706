import type { Row, Server } from './contestants/contestant.ts';
import type { LoadGenerator } from './load/load-generator.ts';
import type { Pace, RequestSource } from './load/plan.ts';
import { processorMillis } from './machine.ts';
import type { RowKey } from './row-key.ts';
import type { Sample, Samples } from './sample.ts';

export type RoundsPlan = {
  readonly rounds: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  pace(round: number): Pace;
};

type Entry = { readonly server: Server; readonly row: Row };

/**
 * Measures every row once a round, each round beginning with another row, and one server at a time:
 * the others are stopped.
 */
export class Rounds {
  readonly #generator: LoadGenerator;
  readonly #entries: readonly Entry[];
  /** A chain's tokens move on from one measurement to the next. */
  readonly #sources = new Map<RowKey, RequestSource>();

  constructor(generator: LoadGenerator, servers: readonly Server[]) {
    this.#generator = generator;
    this.#entries = servers.flatMap((server) => server.rows.map((row) => ({ server, row })));
    for (const { row } of this.#entries) this.#sources.set(row.key, row.source);
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

  async #sample({ server, row }: Entry, plan: RoundsPlan, round: number): Promise<Sample> {
    const source = this.#sources.get(row.key) ?? row.source;
    server.child.resume();
    const before = processorMillis(server.child.pid);
    const { connections, warmUpSeconds, seconds } = plan;
    const pace = plan.pace(round);
    const load = { port: server.port, connections, warmUpSeconds, seconds, pace, source };
    const result = await this.#generator.run(load);
    const after = processorMillis(server.child.pid);
    server.child.pause();
    if (source.kind === 'chain') this.#sources.set(row.key, { ...source, tokens: result.tokens });
    const used = before === undefined || after === undefined ? undefined : after - before;
    return { ...result, serverMicros: used && (used * 1_000) / Math.max(1, result.answered) };
  }
}

function progress(round: number, row: Row, sample: Sample): string {
  const rate = Math.round(sample.perSecond).toLocaleString('en');
  const flaw = Object.keys(sample.refused).length > 0 || sample.lost > 0 ? '  INVALID' : '';
  return `round ${round + 1}  ${row.label.padEnd(44)} ${rate.padStart(8)}/s${flaw}`;
}
