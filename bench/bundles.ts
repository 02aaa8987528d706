import { gzipSync } from 'node:zlib';
import { buildWorkers, bundleBytes } from '../scripts/workers/build-workers.ts';
import type { BundleSize } from './report.ts';

export async function bundleSizes(): Promise<readonly BundleSize[]> {
  const built = await buildWorkers();
  return Promise.all(
    built.map(async (worker) => {
      const bytes = await bundleBytes(worker);
      const gzipKibibytes = gzipSync(bytes).length / 1_024;
      return { name: worker.file.name, kibibytes: bytes.length / 1_024, gzipKibibytes };
    }),
  );
}
