import { COLD } from './cold-names.ts';
import type { TrialResults } from './hub/trial-results.ts';
import type { BundleSize } from './report.ts';
import type { Samples } from './sample.ts';
import type { Spread } from './stats.ts';
import { judgeLatency, judgeRatio } from './summary.ts';
import {
  COLD_START_BOUND,
  EDGE_BUNDLE_BOUND,
  IDLE_SOCKET_BOUND,
  judge,
  LATENCY_TARGETS,
  MESSAGE_TARGETS,
  NEVER,
  THROUGHPUT_TARGETS,
  type Verdict,
} from './targets.ts';

export type Evidence = {
  readonly throughput: Samples;
  readonly latency: Samples;
  readonly coldStarts: ReadonlyMap<string, Spread>;
  readonly bundles: readonly BundleSize[];
  readonly messages: Samples;
  readonly trials: TrialResults;
};

/** Compares every target with the measurements. */
export function verdicts({
  throughput,
  latency,
  coldStarts,
  bundles,
  messages,
  trials,
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
    ...MESSAGE_TARGETS.map((target) => judgeRatio(target, messages, (s) => s.perSecond)),
    ...trialVerdicts(trials),
  ];
}

function trialVerdicts({ idle, storm, soak }: TrialResults): readonly Verdict[] {
  const isSound = idle !== undefined && idle.hub.lost + idle.floor.lost === 0;
  const hub = isSound ? idle.hub.kilobytesEach : undefined;
  const heap = isSound ? idle.hub.heapKilobytesEach : undefined;
  const added = isSound ? idle.hub.kilobytesEach - idle.floor.kilobytesEach : undefined;
  return [
    judge('idle socket of the hub, KB resident', IDLE_SOCKET_BOUND, hub),
    judge('idle socket of the hub, KB resident above the bare object', IDLE_SOCKET_BOUND, added),
    judge('idle socket of the hub, KB of JS heap', IDLE_SOCKET_BOUND, heap),
    judge('storm: clients that did not resume', NEVER, storm && storm.sockets - storm.resumed),
    judge('storm: failed openings', NEVER, storm?.failures),
    judge('soak: events lost', NEVER, soak?.lost),
    judge('soak: events doubled', NEVER, soak?.doubled),
    judge('soak: events astray or out of order', NEVER, soak && soak.strayed + soak.disordered),
    judge('soak: failed openings', NEVER, soak?.failures),
  ];
}
