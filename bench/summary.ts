import type { Sample, Samples } from './sample.ts';
import { ascending, median, pairedRatio, quantile, type Spread, spread } from './stats.ts';
import { judge, type RatioTarget, type Verdict } from './targets.ts';

/** The summary of one row over all rounds. */
export type RowSummary = {
  readonly perSecond: Spread;
  /** Microseconds, medians of the rounds. */
  readonly p50: number;
  readonly p99: number;
  /** The 99th percentile of the undisturbed rounds: see {@link quiet}. */
  readonly quietP99: number;
  readonly serverMicros: number | undefined;
  readonly generatorBusy: number;
  /** Why the row is invalid; empty if it is valid. */
  readonly flaws: readonly string[];
};

/** @throws {RangeError} If there is no sample. */
export function summarise(samples: readonly Sample[]): RowSummary {
  const of = (read: (sample: Sample) => number): number => median(samples.map(read));
  const micros = samples.flatMap((sample) => sample.serverMicros ?? []);
  return {
    perSecond: spread(samples.map((sample) => sample.perSecond)),
    p50: of((sample) => sample.p50),
    p99: of((sample) => sample.p99),
    quietP99: quiet(samples),
    serverMicros: micros.length === 0 ? undefined : median(micros),
    generatorBusy: of((sample) => sample.generatorBusy),
    flaws: flawsOf(samples),
  };
}

/**
 * The lower quartile of the rounds' 99th percentiles. A virtual machine sometimes stalls for a tenth of a
 * second, also under a no-op, and that determines the percentile of about half the rounds.
 */
const quiet = (samples: readonly Sample[]): number =>
  quantile(samples.map(({ p99 }) => p99).toSorted(ascending), 0.25);

/** Judges a ratio of the 99th percentiles of undisturbed rounds. */
export function judgeLatency(target: RatioTarget, samples: Samples): Verdict {
  const above = samples.get(target.above) ?? [];
  const below = samples.get(target.below) ?? [];
  const sound = [above, below].every((rows) => rows.length > 0 && flawsOf(rows).length === 0);
  return judge(target.claim, target.bound, sound ? quiet(above) / quiet(below) : undefined);
}

/** The ratio of two rows' rates, round by round; `undefined` if one of them did not run. */
export const rateRatio = (
  above: readonly Sample[],
  below: readonly Sample[] | undefined,
): number | undefined => soundRatio(above, below ?? [], ({ perSecond }) => perSecond);

function flawsOf(samples: readonly Sample[]): string[] {
  const refused = new Map<string, number>();
  for (const [status, count] of samples.flatMap((sample) => Object.entries(sample.refused))) {
    refused.set(status, (refused.get(status) ?? 0) + count);
  }
  const lost = samples.reduce((sum, sample) => sum + sample.lost, 0);
  return [
    ...[...refused].map(([status, count]) => `${count} × status ${status}`),
    ...(lost > 0 ? [`${lost} lost`] : []),
    ...(samples.some((sample) => sample.perSecond === 0) ? ['a round without answers'] : []),
  ];
}

/** Judges a ratio of rows, round by round. It is invalid if a row has a flaw or did not run. */
export function judgeRatio(
  target: RatioTarget,
  samples: Samples,
  read: (sample: Sample) => number,
): Verdict {
  const above = samples.get(target.above) ?? [];
  const below = samples.get(target.below) ?? [];
  return judge(target.claim, target.bound, soundRatio(above, below, read));
}

function soundRatio(
  above: readonly Sample[],
  below: readonly Sample[],
  read: (sample: Sample) => number,
): number | undefined {
  if (above.length === 0 || above.length !== below.length) return undefined;
  if (flawsOf(above).length > 0 || flawsOf(below).length > 0) return undefined;
  return pairedRatio(above.map(read), below.map(read)).median;
}
