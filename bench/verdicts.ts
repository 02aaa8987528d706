import { COLD } from './cold-names.ts';
import type { BundleSize } from './report.ts';
import type { Samples } from './sample.ts';
import type { Spread } from './stats.ts';
import { judgeLatency, judgeRatio } from './summary.ts';
import {
  COLD_START_BOUND,
  EDGE_BUNDLE_BOUND,
  judge,
  LATENCY_TARGETS,
  THROUGHPUT_TARGETS,
  type Verdict,
} from './targets.ts';

export type Evidence = {
  readonly throughput: Samples;
  readonly latency: Samples;
  readonly coldStarts: ReadonlyMap<string, Spread>;
  readonly bundles: readonly BundleSize[];
};

/** Holds every target against what was measured. */
export function verdicts({
  throughput,
  latency,
  coldStarts,
  bundles,
}: Evidence): readonly Verdict[] {
  const cold = (name: string): number => coldStarts.get(name)?.median ?? Number.NaN;
  const edge = bundles.find(({ name }) => name === 'sallyport-edge');
  return [
    ...THROUGHPUT_TARGETS.map((target) => judgeRatio(target, throughput, (s) => s.perSecond)),
    ...LATENCY_TARGETS.map((target) => judgeLatency(target, latency)),
    judge('cold start, edge : no-op', COLD_START_BOUND, cold(COLD.edge) / cold(COLD.noop)),
    judge(
      'cold start, edge with a token : no-op beside the stand-in',
      COLD_START_BOUND,
      cold(COLD.edgeBeside) / cold(COLD.noopBeside),
    ),
    judge('edge bundle, KiB gzip', EDGE_BUNDLE_BOUND, edge?.gzipKibibytes),
  ];
}
