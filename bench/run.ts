/**
 * `npm run bench`: Sallyport against floors and peers in the same run, as ratios. Writes
 * `bench/RESULTS.md`.
 *
 * - `--quick`: shorter and noisier; prints only.
 * - `--only <name,…>`: some contestants; prints only.
 *
 * @module
 */

import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleSizes } from './bundles.ts';
import { describeMachine, pinning } from './machine.ts';
import { measure } from './measure.ts';
import { notes } from './notes.ts';
import { FULL, QUICK } from './options.ts';
import { type LabelledRow, renderReport } from './report.ts';
import type { Samples } from './sample.ts';
import { summarise } from './summary.ts';
import { verdicts } from './verdicts.ts';
import { versions } from './versions.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
});

const extent = options.quick ? QUICK : FULL;
const cores = pinning();
const otherLoad = loadavg()[0]?.toFixed(2);
const measured = await measure(extent, cores, options.only?.split(','));
const bundles = await bundleSizes();

const labelled = (samples: Samples): LabelledRow[] =>
  [...samples].map(([key, taken]) => ({
    label: measured.labels.get(key) ?? key,
    summary: summarise(taken),
  }));

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
  notes: notes(extent),
});

console.log(text);
if (!options.quick && options.only === undefined) {
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), text);
}
