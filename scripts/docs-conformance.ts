/**
 * Writes `docs/conformance.md`: the demands of specifications, from the annotations of the tests that
 * prove them. A test fails when the page is out of date.
 *
 * @module
 */

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { NOT_APPLICABLE, SPECIFICATIONS } from '../test/conformance/specifications.ts';
import { readTestFile } from './conformance/annotated-tests.ts';
import { type Collected, collectDemands } from './conformance/demands.ts';
import { conformancePage } from './conformance/page.ts';
import { ROOT } from './workers/worker-file.ts';

export const CONFORMANCE_PAGE = join(ROOT, 'docs/conformance.md');

/** The demands of this repository. */
export function repositoryDemands(): Collected {
  const files = globSync('test/**/*.test.ts', { cwd: ROOT })
    .toSorted()
    .map((path) => readTestFile(path, readFileSync(join(ROOT, path), 'utf8')));
  return collectDemands({ files, specifications: SPECIFICATIONS, notApplicable: NOT_APPLICABLE });
}

if (import.meta.main) {
  const { demands, faults } = repositoryDemands();
  if (faults.length > 0) {
    console.error(`Cannot write docs/conformance.md:\n${faults.join('\n')}`);
    process.exit(1);
  }
  writeFileSync(CONFORMANCE_PAGE, conformancePage(demands, SPECIFICATIONS));
}
