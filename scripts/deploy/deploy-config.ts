import type { DeployStep } from './plan.ts';
import { customDomain, varsOf } from './settings.ts';

/**
 * The configuration that wrangler deploys: the Worker's `wrangler.toml` with the operator's values.
 * With a custom domain the Worker has no `workers.dev` address beside it. Pure.
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
      : { routes: [{ pattern: domain, custom_domain: true }], workers_dev: false }),
  };
}
