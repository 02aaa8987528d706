/**
 * The load generator's process: takes one plan at a time, answers each with its result.
 *
 * @module
 */

import type { LoadPlan } from './plan.ts';
import { runLoad } from './run-load.ts';

process.on('message', (plan: LoadPlan) => {
  runLoad(plan).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
