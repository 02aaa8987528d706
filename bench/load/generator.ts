/**
 * The load generator's process. It runs one plan at a time, and answers with its result.
 *
 * @module
 */

import { runSockets } from '../sockets/run-sockets.ts';
import type { LoadPlan, LoadResult } from './plan.ts';
import { runLoad } from './run-load.ts';

process.on('message', (plan: LoadPlan) => {
  generate(plan).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

function generate(plan: LoadPlan): Promise<LoadResult> {
  const { source } = plan;
  return 'sockets' in source ? runSockets(plan, source) : runLoad(plan, source);
}
