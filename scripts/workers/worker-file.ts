/**
 * Reads the parts of a Worker's `wrangler.toml` that our scripts need. An unknown setting is refused, so
 * that the local stack does not ignore a setting that the Worker relies on.
 *
 * @module
 */

import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The order in which they are deployed: callees first. */
const WORKER_FILES = [
  'workers/keys/wrangler.toml',
  'workers/identity/wrangler.toml',
  'workers/connect/wrangler.toml',
  'wrangler.toml',
];

const objectBinding = z.strictObject({ name: z.string(), class_name: z.string() });

const serviceBinding = z.strictObject({
  binding: z.string(),
  service: z.string(),
  entrypoint: z.string().optional(),
  props: z.record(z.string(), z.unknown()).optional(),
});

/** In the local stack, `id` is the name of the Worker that serves the namespace. */
const kvBinding = z.strictObject({ binding: z.string(), id: z.string() });

/** Static assets, which the Worker serves. In the local stack they are a folder that only it reads. */
const staticAssets = z.strictObject({
  directory: z.string(),
  binding: z.string(),
  run_worker_first: z.literal(true),
});

/** A queue that the Worker consumes. There are no queues in the local stack. */
const queueConsumer = z.looseObject({ queue: z.string() });

const wranglerFile = z.strictObject({
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  assets: staticAssets.optional(),
  vars: z.record(z.string(), z.string()).default({}),
  secrets: z.strictObject({ required: z.array(z.string()) }).default({ required: [] }),
  durable_objects: z
    .strictObject({
      bindings: z.array(objectBinding),
      code_update_strategy: z.unknown().optional(),
    })
    .default({ bindings: [] }),
  services: z.array(serviceBinding).default([]),
  kv_namespaces: z.array(kvBinding).default([]),
  queues: z.strictObject({ consumers: z.array(queueConsumer) }).default({ consumers: [] }),
  workers_dev: z.boolean().default(true),
  routes: z.array(z.unknown()).default([]),
  // These exist at Cloudflare only.
  migrations: z.unknown().optional(),
  limits: z.unknown().optional(),
  observability: z.unknown().optional(),
  placement: z.unknown().optional(),
  preview_urls: z.unknown().optional(),
});

export type ServiceBinding = z.infer<typeof serviceBinding>;

/** `directory` is absolute in a {@link WorkerFile}. */
export type StaticAssets = z.infer<typeof staticAssets>;

export type WorkerFile = z.infer<typeof wranglerFile> & {
  /** Absolute path of the `wrangler.toml`. */
  readonly path: string;
  /** Absolute path of the entry. */
  readonly entry: string;
  /** The whole file, as it was parsed. */
  readonly raw: Readonly<Record<string, unknown>>;
};

/** @throws {Error} If the file is not TOML, or has an unknown setting. */
export function parseWorkerFile(path: string, text: string): WorkerFile {
  const raw = parse(text);
  const parsed = wranglerFile.safeParse(raw);
  if (!parsed.success) {
    throw new Error(`Cannot read ${path}: ${z.prettifyError(parsed.error)}`);
  }
  const { assets, main } = parsed.data;
  const fromFile = (relative: string) => resolve(dirname(path), relative);
  return {
    ...parsed.data,
    path,
    raw,
    entry: fromFile(main),
    assets: assets && { ...assets, directory: fromFile(assets.directory) },
  };
}

/** The Workers of this repository, callees first. */
export function readWorkerFiles(): Promise<readonly WorkerFile[]> {
  return Promise.all(
    WORKER_FILES.map(async (file) => {
      const path = join(ROOT, file);
      return parseWorkerFile(path, await readFile(path, 'utf8'));
    }),
  );
}

/** Secrets that a Worker does not require, which `wrangler.toml` cannot declare. */
const OPTIONAL_SECRETS: Readonly<Record<string, readonly string[]>> = {
  'sallyport-identity': [
    'UPSTASH_REDIS_REST_TOKEN',
    'REFRESH_SEALING_KEY_PREVIOUS',
    'SOCIAL_CLIENT_SECRETS',
  ],
};

export const optionalSecrets = (name: string): readonly string[] => OPTIONAL_SECRETS[name] ?? [];

/** The queues that must exist before the Worker is deployed. */
export const queuesOf = ({ queues }: WorkerFile): readonly string[] =>
  queues.consumers.map(({ queue }) => queue);

/** `sallyport-edge` → `edge`. */
export const shortName = (name: string): string => name.replace(/^sallyport-/, '');
