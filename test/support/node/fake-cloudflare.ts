import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { listenOn } from '../../../scripts/local/http-server.ts';

/** The metadata of an uploaded script, from wrangler's request. */
export type Uploaded = {
  readonly name: string;
  readonly bindings: readonly { readonly name: string; readonly type: string; text?: string }[];
};

const NO_SCRIPT = { code: 10_007, message: 'This Worker does not exist on your account.' };

/** The part of Cloudflare's API that a deploy uses. It records the uploads in order. */
export class FakeCloudflare {
  readonly uploads: Uploaded[] = [];
  readonly domains: string[] = [];
  readonly queues: string[] = [];
  /** The paths of static assets by script. Their content is accepted and ignored. */
  readonly assets: Record<string, readonly string[]> = {};
  /** The script that consumes each queue. */
  readonly consumers: Record<string, string> = {};
  readonly #server: Server;
  #listening: { readonly port: number; close(): Promise<void> } | undefined;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(): Promise<this> {
    this.#listening = await listenOn(this.#server, { host: '127.0.0.1', port: 0 });
    return this;
  }

  /** The environment that makes wrangler use this server. */
  get environment(): Readonly<Record<string, string>> {
    return {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${this.#listening?.port}/client/v4`,
      CLOUDFLARE_API_TOKEN: 'token',
      CLOUDFLARE_ACCOUNT_ID: 'account',
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { status, result = null } = this.#answerOfAll(request, body);
    const errors = status === 404 ? [NO_SCRIPT] : [];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ success: status === 200, result, errors, messages: [] }));
  }

  #answerOfAll(request: IncomingMessage, body: string): { status: number; result?: unknown } {
    if (request.url?.includes('/queues')) return this.#answerOfQueues(request, body);
    if (request.url?.includes('/assets')) return this.#answerOfAssets(request, body);
    return this.#answer(request, body);
  }

  #answer(
    { method, url = '' }: IncomingMessage,
    body: string,
  ): { status: number; result?: unknown } {
    const { pathname } = new URL(url, 'http://localhost');
    const [, name = '', rest = ''] =
      /\/workers\/(?:scripts|services|workers)\/([\w-]+)\/?(.*)$/.exec(pathname) ?? [];
    if (method === 'PUT' && rest === '') return this.#upload(name, body);
    if (method === 'POST' && rest === 'versions') return this.#upload(name, body);
    if (rest === 'domains/changeset')
      return ok({ added: [], removed: [], updated: [], conflicting: [] });
    if (rest === 'domains/records') return this.#attach(body);
    const latest = this.uploads.findLast((upload) => upload.name === name);
    if (latest === undefined) return { status: 404 };
    return ok(describe(latest, rest));
  }

  #upload(name: string, body: string): { status: number; result: unknown } {
    const [, metadata = '{}'] = /name="metadata"[^]*?\r\n\r\n([^]*?)\r\n--/.exec(body) ?? [];
    this.uploads.push({ ...JSON.parse(metadata), name });
    const id = `version-${this.uploads.length}`;
    const resources = { bindings: [], script: { etag: 'e' }, script_runtime: {} };
    return ok({ id, deployment_id: id, etag: 'e', startup_time_ms: 1, metadata: {}, resources });
  }

  /** An upload session lists the files, and the answer requests all of them. */
  #answerOfAssets(
    { url = '' }: IncomingMessage,
    body: string,
  ): { status: number; result: unknown } {
    const name = /\/scripts\/([\w-]+)\/assets-upload-session/.exec(url)?.[1];
    if (name === undefined) return ok({ jwt: 'uploaded' });
    const { manifest }: { manifest: Readonly<Record<string, { hash: string }>> } = JSON.parse(body);
    this.assets[name] = Object.keys(manifest);
    return ok({ jwt: 'upload', buckets: [Object.values(manifest).map(({ hash }) => hash)] });
  }

  #answerOfQueues(
    { method, url = '' }: IncomingMessage,
    body: string,
  ): { status: number; result?: unknown } {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const queue = /\/queues\/([\w-]+)\/consumers$/.exec(pathname)?.[1];
    if (queue !== undefined) this.consumers[queue] = JSON.parse(body).script_name;
    else if (method === 'POST') this.queues.push(JSON.parse(body).queue_name);
    const names = searchParams.getAll('name');
    const found = this.queues.filter((name) => names.includes(name));
    return ok(found.map((name) => ({ queue_id: name, queue_name: name, consumers: [] })));
  }

  #attach(body: string): { status: number; result: unknown } {
    for (const { hostname } of JSON.parse(body).origins) this.domains.push(hostname);
    return ok([]);
  }
}

const ok = (result: unknown) => ({ status: 200, result });

function describe({ bindings }: Uploaded, what: string): unknown {
  const secrets = bindings.filter(({ type }) => type === 'secret_text');
  const version = { version_id: 'v', percentage: 100 };
  const descriptions: Readonly<Record<string, unknown>> = {
    secrets: secrets.map(({ name, type }) => ({ name, type })),
    deployments: { deployments: [{ id: 'd', source: 'wrangler', versions: [version] }] },
    'versions/v': { id: 'v', resources: { bindings: [], script: {}, script_runtime: {} } },
    settings: { bindings: [], tags: [] },
    subdomain: { enabled: false, previews_enabled: false },
  };
  return (
    descriptions[what] ?? {
      default_environment: { script: { last_deployed_from: 'wrangler', migration_tag: 'v1' } },
      subdomain: { enabled: false, previews_enabled: false },
    }
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}
