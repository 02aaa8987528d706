/**
 * `npm run bench`: measures Sallyport, its floors and peers in the same run, and writes their ratios to
 * `bench/RESULTS.md`. It installs the peers first if they are missing.
 *
 * - `--quick`: a shorter and noisier run, which prints only.
 * - `--only <name,…>`: some contestants or trials, `hub` for all of sockets; prints only.
 *
 * The exit code is 1 if the soak lost or doubled an event.
 *
 * @module
 */

import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleSizes } from './bundles.ts';
import { REQUEST_CONTESTANTS, SOCKET_CONTESTANTS } from './contestants/all.ts';
import { hubNotes } from './hub/hub-notes.ts';
import { installPeers } from './install-peers.ts';
import { describeMachine, pinning } from './machine.ts';
import { measure } from './measure.ts';
import { notes } from './notes.ts';
import { FULL, QUICK } from './options.ts';
import { type LabelledRow, type MessageRow, renderReport } from './report.ts';
import type { RowKey } from './row-key.ts';
import type { Sample, Samples } from './sample.ts';
import { select } from './selection.ts';
import { rateRatio, summarise } from './summary.ts';
import { verdicts } from './verdicts.ts';
import { versions } from './versions.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
});

const extent = options.quick ? QUICK : FULL;
const cores = pinning();
const otherLoad = loadavg()[0]?.toFixed(2);
const all = { requests: REQUEST_CONTESTANTS, sockets: SOCKET_CONTESTANTS };
const selection = select(options.only?.split(','), all);
await installPeers();
const measured = await measure(extent, cores, selection);
const bundles = await bundleSizes();

const labelledRow = ([key, taken]: readonly [RowKey, readonly Sample[]]): LabelledRow => ({
  label: measured.labels.get(key) ?? key,
  summary: summarise(taken),
});
const labelled = (samples: Samples): LabelledRow[] => [...samples].map(labelledRow);

/** The rows of one kind, each compared with the bare object of that kind. */
const messageRows = (kind: 'echo' | 'broadcast'): MessageRow[] => {
  const floor = measured.messages.get(`bare-socket-${kind}`);
  return [...measured.messages]
    .filter(([key]) => key.endsWith(kind))
    .map(([key, taken]) => ({ ...labelledRow([key, taken]), ofFloor: rateRatio(taken, floor) }));
};

const text = renderReport({
  date: new Date().toISOString().slice(0, 10),
  machine: `${describeMachine()}; load average before: ${otherLoad}`,
  separateCores: cores.separate,
  versions: await versions(),
  extent: `${extent.name}, ${extent.rounds} rounds of ${extent.seconds} s`,
  verdicts: verdicts({ ...measured, bundles }),
  throughput: labelled(measured.throughput),
  equalLoad: { perSecond: measured.equalLoad, rows: labelled(measured.latency) },
  coldStarts: measured.coldStarts,
  bundles,
  echo: messageRows('echo'),
  broadcast: messageRows('broadcast'),
  trials: measured.trials,
  notes: [...notes(extent), ...hubNotes(extent)],
});

console.log(text);
if (!options.quick && options.only === undefined) {
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), text);
}

const { soak } = measured.trials;
if (soak !== undefined && soak.lost + soak.doubled > 0) {
  console.error(`THE SOAK FAILED: ${soak.lost} events lost, ${soak.doubled} doubled`);
  process.exitCode = 1;
}
