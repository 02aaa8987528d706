/**
 * The order in which Workers are deployed, and each one's configuration.
 *
 * @module
 */

import type { WorkerFile } from '../workers/worker-file.ts';
import { customDomain, varsOf } from './settings.ts';

export type DeployStep = {
  readonly worker: WorkerFile;
  /** Service bindings that this step leaves out, because Cloudflare refuses one to a missing Worker. */
  readonly withoutBindings: readonly string[];
};

/**
 * Orders the steps so that each Worker is deployed after those that it binds. Where two bind each other,
 * the first is deployed without that binding, and again with it after the second.
 *
 * @param workers The Workers, callees first as far as possible.
 * @param existing The names of the Workers that exist in the account.
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
    throw new Error(`Cannot deploy ${name}: it binds a Worker that is not deployed`);
  }
  return steps;
}

/**
 * Makes the configuration that wrangler deploys: the Worker's `wrangler.toml` with the operator's
 * values. A Worker with a custom domain has no `workers.dev` address, nor have
 * its versions.
 */
export function deployConfig(
  { worker, withoutBindings }: DeployStep,
  settings: Readonly<Record<string, string>>,
  issuer: string | undefined,
): Readonly<Record<string, unknown>> {
  const domain = customDomain(worker, issuer);
  const services = worker.services.filter(({ binding }) => !withoutBindings.includes(binding));
  return {
    ...worker.raw,
    main: worker.entry,
    ...(worker.assets && { assets: worker.assets }),
    vars: varsOf(worker, settings),
    services,
    ...(domain === undefined
      ? {}
      : {
          routes: [{ pattern: domain, custom_domain: true }],
          workers_dev: false,
          preview_urls: false,
        }),
  };
}

const unmetBindings = (worker: WorkerFile, up: ReadonlySet<string>): readonly string[] =>
  worker.services
    .filter(({ service }) => service !== worker.name && !up.has(service))
    .map(({ binding }) => binding);
