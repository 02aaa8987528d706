/**
 * Tells the operator what a deploy does. It never shows the value of a secret.
 *
 * @module
 */

import { queuesOf, type WorkerFile } from '../workers/worker-file.ts';
import type { DeployStep } from './plan.ts';
import { customDomain, missingSecrets, secretsOf, varsOf } from './settings.ts';

type Settings = Readonly<Record<string, string>>;

/** Bytes of a bundle, and of the static assets beside it. */
export type Size = {
  readonly raw: number;
  readonly gzipped: number;
  readonly assets?: Readonly<Record<string, number>>;
};

export type ReportFacts = {
  readonly steps: readonly DeployStep[];
  readonly settings: Settings;
  readonly issuer: string | undefined;
  readonly sizes: ReadonlyMap<string, Size>;
  /** The names of the secrets at Cloudflare by Worker; empty in a dry run. */
  readonly remote: ReadonlyMap<string, ReadonlySet<string>>;
};

/** Says in words what each step does. */
export function report(facts: ReportFacts): string {
  const seen = new Set<string>();
  const blocks = facts.steps.map((step, index) => {
    const isAgain = seen.has(step.worker.name);
    seen.add(step.worker.name);
    const head = `${String(index + 1).padStart(3)}. ${headline(step, isAgain, facts)}`;
    return [head, ...(isAgain ? [] : details(step.worker, facts))].join('\n');
  });
  return blocks.join('\n\n');
}

function headline(
  { worker, withoutBindings }: DeployStep,
  isAgain: boolean,
  { issuer }: ReportFacts,
): string {
  const address = addressOf(worker, issuer);
  if (isAgain) return `${worker.name}, again, with every binding`;
  if (withoutBindings.length === 0) return `${worker.name} → ${address}`;
  const left = withoutBindings.join(', ');
  return `${worker.name} → ${address}; still without ${left}, whose Worker is not there yet`;
}

function addressOf(worker: WorkerFile, issuer: string | undefined): string {
  const domain = customDomain(worker, issuer);
  if (domain !== undefined) return `https://${domain} (custom domain, in place of any DNS record)`;
  if (worker.routes.length > 0) return `the routes in ${worker.path}`;
  return worker.workers_dev ? `https://${worker.name}.<account>.workers.dev` : 'no address';
}

function details(worker: WorkerFile, { settings, sizes, remote }: ReportFacts): readonly string[] {
  const size = sizes.get(worker.name);
  const vars = Object.entries(varsOf(worker, settings));
  const absent = missingSecrets(worker, settings);
  const isAtCloudflare = (name: string) => remote.get(worker.name)?.has(name) ?? false;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['size', size === undefined ? [] : [`${kib(size.raw)}, ${kib(size.gzipped)} gzipped`]],
    ['assets', Object.entries(size?.assets ?? {}).map(([name, b]) => `${name} (${kib(b)})`)],
    ['objects', worker.durable_objects.bindings.map((b) => `${b.name} (${b.class_name})`)],
    ['calls', worker.services.map(callee)],
    ['queues', queuesOf(worker)],
    ['settings', vars.map(([name, value]) => `${name}=${value}`)],
    ['secrets', Object.keys(secretsOf(worker, settings))],
    ['kept', absent.filter(isAtCloudflare)],
    ['missing', absent.filter((name) => !isAtCloudflare(name))],
  ];
  return rows
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `       ${name.padEnd(9)} ${wrap(values)}`);
}

const callee = ({ binding, service, entrypoint }: WorkerFile['services'][number]): string =>
  `${binding} (${service}${entrypoint === undefined ? '' : `#${entrypoint}`})`;

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

const LINE = 84;

function wrap(values: readonly string[]): string {
  const lines: string[] = [];
  for (const value of values) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + value.length < LINE) {
      lines[lines.length - 1] = `${last}, ${value}`;
    } else {
      lines.push(value);
    }
  }
  return lines.join(`\n${' '.repeat(17)}`);
}
