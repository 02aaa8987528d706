import { describe, expect, it } from 'vitest';

import { errorSummary } from '../../../scripts/local/worker-log.ts';
import {
  quoted,
  type WorkerService,
  workerdConfig,
  workerService,
} from '../../../scripts/local/workerd-config.ts';
import type { BuiltWorker } from '../../../scripts/workers/build-workers.ts';
import { parseWorkerFile, readWorkerFiles } from '../../../scripts/workers/worker-file.ts';

const TOML = `
name = "sallyport-one"
main = "index.ts"
compatibility_date = "2026-11-01"
[vars]
GREETING = "hello"
[secrets]
required = ["KEY"]
[[durable_objects.bindings]]
name = "ROOMS"
class_name = "RoomObject"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["RoomObject"]
[[services]]
binding = "TWO_RPC"
service = "sallyport-two"
entrypoint = "TwoEntrypoint"
props = { caller = "one" }
`;

const built = (text = TOML): BuiltWorker => ({
  file: parseWorkerFile('/repo/workers/one/wrangler.toml', text),
  modules: [
    { name: 'index.js', kind: 'esModule', path: '/repo/dist/one/ab12/index.js' },
    { name: 'argon2.wasm', kind: 'wasm', path: '/repo/dist/one/ab12/argon2.wasm' },
  ],
});

const render = (worker: WorkerService): string =>
  workerdConfig({
    workers: [worker],
    sockets: [
      { name: 'http', address: '127.0.0.1:8787', service: worker.name, removeHeaders: ['x-ip'] },
    ],
    directory: '/repo/.data',
    objectsDirectory: '/repo/.data/objects',
  });

const service = (settings = {}, text = TOML): WorkerService =>
  workerService(built(text), { vars: {}, secrets: {}, outbound: [], ...settings });

describe('workerdConfig', () => {
  it('binds a KV namespace to the Worker that its id names', () => {
    const kv = '[[kv_namespaces]]\nbinding = "CACHE"\nid = "sallyport-kv"\n';
    expect(render(service({}, TOML + kv))).toContain(
      '(name = "CACHE", kvNamespace = "sallyport-kv")',
    );
  });

  it('gives a Worker read access to the folder of its static assets only', () => {
    const assets =
      '[assets]\ndirectory = "../../dist/assets"\nbinding = "ASSETS"\nrun_worker_first = true\n';
    const text = render(service({}, TOML + assets));
    expect(text).toContain('(name = "ASSETS", service = "sallyport-one-assets")');
    expect(text).toContain('(name = "sallyport-one-assets", disk = (path = "/repo/dist/assets"))');
    expect(render(service())).not.toContain('-assets');
  });

  it('embeds each module by a path relative to the configuration, the main one first', () => {
    const text = render(service());
    const main = text.indexOf('(name = "index.js", esModule = embed "../dist/one/ab12/index.js")');
    const wasm = text.indexOf(
      '(name = "argon2.wasm", wasm = embed "../dist/one/ab12/argon2.wasm")',
    );
    expect(main).toBeGreaterThan(0);
    expect(wasm).toBeGreaterThan(main);
  });

  it('overrides declared variables and no others', () => {
    const { text } = service({ vars: { GREETING: 'hi', PATH: '/bin' }, secrets: { KEY: 's' } });
    expect(text).toEqual({ GREETING: 'hi', KEY: 's' });
    expect(service().text).toEqual({ GREETING: 'hello' });
  });

  it('stores objects in SQLite under a key of Worker and class', () => {
    const text = render(service());
    expect(text).toContain(
      '(className = "RoomObject", uniqueKey = "sallyport-one-RoomObject", enableSql = true)',
    );
    expect(text).toContain('(name = "ROOMS", durableObjectNamespace = "RoomObject")');
    expect(text).toContain('durableObjectStorage = (localDisk = "sallyport-one-objects")');
    expect(text).toContain('disk = (path = "/repo/.data/objects/sallyport-one", writable = true)');
  });

  it('renders no disk for a Worker without objects', () => {
    const [head = ''] = TOML.split('[[durable_objects');
    const text = render(service({}, head));
    expect(text).not.toContain('disk =');
    expect(text).not.toContain('durableObjectStorage');
  });

  it('names the caller in the props of a service binding', () => {
    expect(render(service())).toContain(
      String.raw`(name = "TWO_RPC", service = (name = "sallyport-two", entrypoint = "TwoEntrypoint", props = (json = "{\"caller\":\"one\"}")))`,
    );
  });

  it('allows a Worker to reach the listed networks only', () => {
    expect(render(service())).toContain('network = (allow = [],');
    const open = render(service({ outbound: ['public', 'private'] }));
    expect(open).toMatch(/network = \(allow = \[\s*"public",\s*"private",\s*\]/);
    expect(open).toContain('globalOutbound = "sallyport-one-outbound"');
  });

  it('removes the headers that no client may set', () => {
    expect(render(service())).toMatch(/injectRequestHeaders = \[\s*\(name = "x-ip"\),\s*\]/);
    expect(render(service())).not.toContain('cfBlobHeader');
  });

  it.each([
    ['a "word"', String.raw`"a \"word\""`],
    ['line\nbreak\ttab', String.raw`"line\nbreak\ttab"`],
    ['bell\u0007', String.raw`"bell\x07"`],
    [String.raw`back\u0007slash`, String.raw`"back\\u0007slash"`],
    [String.raw`\ `.trim() + '\u0001', String.raw`"\\\x01"`],
    ['Zoë 🚀', '"Zoë 🚀"'],
  ])('quotes %j for Cap’n Proto', (text, expected) => {
    expect(quoted(text)).toBe(expected);
  });
});

describe('parseWorkerFile', () => {
  it('reads every Worker of this repository, callees first', async () => {
    const names = (await readWorkerFiles()).map(({ name }) => name);
    expect(names).toEqual([
      'sallyport-keys',
      'sallyport-identity',
      'sallyport-connect',
      'sallyport-edge',
    ]);
  });

  it('refuses a binding that the local stack does not support', () => {
    const text = `${TOML}\n[[kv_namespaces]]\nbinding = "KV"\n`;
    expect(() => parseWorkerFile('/w.toml', text)).toThrow(/Cannot read \/w\.toml.*kv_namespaces/s);
  });
});

describe('errorSummary', () => {
  it.each([
    ['{"level":"error","event":"unhandled","correlationId":"c-1","token":"t"}', 'unhandled (c-1)'],
    ['{"level":"info","event":"session.started"}', undefined],
    ['plain words', undefined],
    ['{"no json', undefined],
    [
      'workerd/server/mod.rs:373: error: Uncaught exception: boom; wdErrId = x',
      'Uncaught exception: boom',
    ],
  ])('returns for %j: %j', (line, expected) => {
    expect(errorSummary(line)).toBe(expected);
  });
});
