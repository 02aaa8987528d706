import type { LoadPlan, LoadResult, SocketSource } from '../load/plan.ts';
import { processorTime } from '../load/processor-time.ts';
import type { Recorder } from '../load/recorder.ts';
import { runBroadcasts } from './broadcasts.ts';
import { runEchoes } from './echoes.ts';
import { openFleet, type Speaker } from './fleet.ts';

/** The open sockets by port and kind. They stay open, because opening them is not measured. */
const fleets = new Map<string, Promise<readonly Speaker[]>>();

/** Measures a server over its sockets, which it opens if they are not open. */
export async function runSockets(plan: LoadPlan, source: SocketSource): Promise<LoadResult> {
  const key = `${plan.port} ${source.kind}`;
  const opening = fleets.get(key) ?? openFleet(plan.port, source);
  fleets.set(key, opening);
  const speakers = await opening;
  const from = performance.now() + plan.warmUpSeconds * 1_000;
  const until = from + plan.seconds * 1_000;
  const busy = processorTime(from, until);
  const recorder =
    source.kind === 'echo'
      ? await runEchoes(speakers, from, until)
      : await runBroadcasts({ port: plan.port, speakers, dialect: source.dialect, from, until });
  return { ...counted(recorder, source), generatorBusy: busy(), tokens: [] };
}

/** A broadcast counts once per socket that gets it. */
function counted(recorder: Recorder, { kind, sockets }: SocketSource) {
  const summary = recorder.summary();
  const times = kind === 'echo' ? 1 : sockets.length;
  return {
    ...summary,
    perSecond: summary.perSecond * times,
    answered: summary.answered * times,
  };
}
