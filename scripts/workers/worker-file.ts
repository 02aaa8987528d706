/**
 * What our scripts need of a Worker's `wrangler.toml`. A setting that they do not know is refused, so
 * that nothing a Worker relies on is silently missing from the local stack.
 *
 * @module
 */

import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Callees first: the order in which they are deployed. */
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

/** Locally, `id` names the Worker that serves the namespace. */
const kvBinding = z.strictObject({ binding: z.string(), id: z.string() });

/** Static assets, which the Worker hands out itself: locally a folder that it alone can read. */
const staticAssets = z.strictObject({
  directory: z.string(),
  binding: z.string(),
  run_worker_first: z.literal(true),
});

/** A queue whose messages the Worker takes. Only Cloudflare has queues: nothing comes locally. */
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
  // Cloudflare's business only: nothing of it exists locally.
  migrations: z.unknown().optional(),
  limits: z.unknown().optional(),
  observability: z.unknown().optional(),
  placement: z.unknown().optional(),
  preview_urls: z.unknown().optional(),
});

export type ServiceBinding = z.infer<typeof serviceBinding>;

/** Its directory is absolute in a {@link WorkerFile}. */
export type StaticAssets = z.infer<typeof staticAssets>;

export type WorkerFile = z.infer<typeof wranglerFile> & {
  /** Absolute path of the `wrangler.toml`. */
  readonly path: string;
  /** Absolute path of the entry. */
  readonly entry: string;
  /** The whole file, as it was parsed. */
  readonly raw: Readonly<Record<string, unknown>>;
};

/** @throws {Error} If the file is no TOML, or has a setting that our scripts do not know. */
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

/** Secrets that a Worker reads where they are set; wrangler knows of the required ones only. */
const OPTIONAL_SECRETS: Readonly<Record<string, readonly string[]>> = {
  'sallyport-identity': [
    'UPSTASH_REDIS_REST_TOKEN',
    'REFRESH_SEALING_KEY_PREVIOUS',
    'SOCIAL_CLIENT_SECRETS',
  ],
};

export const optionalSecrets = (name: string): readonly string[] => OPTIONAL_SECRETS[name] ?? [];

/** The queues that must exist before the Worker does. */
export const queuesOf = ({ queues }: WorkerFile): readonly string[] =>
  queues.consumers.map(({ queue }) => queue);

/** `sallyport-edge` → `edge`. */
export const shortName = (name: string): string => name.replace(/^sallyport-/, '');
