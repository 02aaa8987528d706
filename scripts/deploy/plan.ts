/**
 * In which order Workers are deployed. Pure.
 *
 * @module
 */

import type { WorkerFile } from '../workers/worker-file.ts';

export type DeployStep = {
  readonly worker: WorkerFile;
  /** Service bindings left out for now: Cloudflare refuses one to a Worker that does not exist. */
  readonly withoutBindings: readonly string[];
};

/**
 * Orders the steps so that each Worker meets the Workers it binds. Where two bind each other, the
 * first goes up without that binding, and again, whole, once the second is there.
 *
 * @param workers Callees first, as far as there is such an order.
 * @param existing Names of the Workers that the account has already.
 */
export function deployPlan(
  workers: readonly WorkerFile[],
  existing: ReadonlySet<string>,
): readonly DeployStep[] {
  const up = new Set(existing);
  const steps: DeployStep[] = [];
  let unfinished: readonly WorkerFile[] = [];
  for (const worker of workers) {
    const withoutBindings = unmetBindings(worker, up);
    steps.push({ worker, withoutBindings });
    up.add(worker.name);
    if (withoutBindings.length > 0) unfinished = [...unfinished, worker];
    const complete = unfinished.filter((other) => unmetBindings(other, up).length === 0);
    steps.push(...complete.map((other) => ({ worker: other, withoutBindings: [] })));
    unfinished = unfinished.filter((other) => !complete.includes(other));
  }
  for (const { name } of unfinished) {
    throw new Error(`Cannot deploy ${name}: it binds a Worker that nobody deploys`);
  }
  return steps;
}

const unmetBindings = (worker: WorkerFile, up: ReadonlySet<string>): readonly string[] =>
  worker.services
    .filter(({ service }) => service !== worker.name && !up.has(service))
    .map(({ binding }) => binding);
