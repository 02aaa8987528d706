/**
 * `npm run build`: bundles every Worker into `dist/`, as it is deployed.
 *
 * @module
 */

import { runCommand } from './command/run-command.ts';
import { buildWorkers, bundleBytes } from './workers/build-workers.ts';

const USAGE = `npm run build

  Bundles every Worker into dist/, as it is deployed, and shows the sizes.

  -h, --help   show this`;

await runCommand({
  usage: USAGE,
  options: {},
  async run() {
    for (const worker of await buildWorkers()) {
      const { length } = await bundleBytes(worker);
      const [main] = worker.modules;
      console.log(`${worker.file.name}  ${(length / 1024).toFixed(1)} KiB  ${main?.path}`);
    }
  },
});
