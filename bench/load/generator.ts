/**
 * The load generator's process: takes one plan at a time, answers each with its result.
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
