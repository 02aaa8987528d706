import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { buildAssets } from '../../scripts/workers/build-assets.ts';
import { ApiClient } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';
import { applyDiff, blocksOf, RepositoryCopy } from '../support/node/page-example.ts';

const blocks = blocksOf(await readFile('CONTRIBUTING.md', 'utf8'));
const GREETINGS = '/api/v1/greetings';

describe('the example context of CONTRIBUTING.md', { timeout: 120_000 }, () => {
  const resources = new AsyncDisposableStack();
  let copy: RepositoryCopy;
  let workers: Awaited<ReturnType<typeof startWorkers>>;
  let api: ApiClient;

  beforeAll(async () => {
    copy = resources.use(await RepositoryCopy.make());
    await copy.follow(blocks);
    await copy.run('sh', ['scripts/generate-types.sh']);
    const { directory } = copy;
    await buildAssets(join(directory, 'dist/assets'));
    const databaseProxy = inject('databaseProxy');
    const others = ['greetings'];
    workers = resources.use(await startWorkers({ databaseProxy, directory, others }));
    api = new ApiClient(workers.url);
  });
  afterAll(() => resources.disposeAsync());

  const greet = async (body: unknown, token?: string) =>
    api.call(GREETINGS, { body, ...(token === undefined ? {} : { token }) });

  it('is the six files of every Worker, its subject, its configuration and a test', () => {
    const written = blocks.filter(({ language }) => language !== 'diff').map(({ path }) => path);
    expect(written.toSorted()).toEqual(
      [
        ...['app', 'config', 'entrypoint', 'index', 'services', 'worker', 'greeting-routes'].map(
          (name) => `workers/greetings/${name}.ts`,
        ),
        'workers/greetings/wrangler.toml',
        'test/unit/greetings/app.test.ts',
      ].toSorted(),
    );
  });

  it('type-checks with everything else', async () => {
    await copy.run('tsc', ['-p', '.']);
  });

  it('passes lint, format and layers', async () => {
    const files = [...new Set(blocks.map(({ path }) => path))].filter((path) =>
      path.endsWith('.ts'),
    );
    await copy.run('biome', ['check', '--vcs-enabled=false', ...files]);
    await copy.run('oxlint', ['--deny-warnings', ...files]);
    await copy.run('depcruise', ['--config', '.dependency-cruiser.mjs', 'workers']);
  });

  it('passes its own test', async () => {
    const args = ['run', '--project', 'pure', 'test/unit/greetings'];
    expect(await copy.run('vitest', args)).toContain('1 passed');
  });

  it('is deployed after what it calls and before the edge', async () => {
    const script = `const { readWorkerFiles } = await import('./scripts/workers/worker-file.ts');
      console.log((await readWorkerFiles()).map(({ name }) => name).join());`;
    const names = await copy.run('node', ['--input-type=module', '--eval', script]);
    expect(names).toContain('sallyport-connect,sallyport-greetings,sallyport-edge');
  });

  it('answers a user through the front door', async () => {
    const { accessToken } = await api.register();
    const greeted = await greet({ name: 'Ada' }, accessToken);
    expect(greeted).toMatchObject({ status: 200, json: { text: 'Hello, Ada' } });
    expect(greeted.headers.get('cache-control')).toBe('no-store');
  });

  it('refuses whoever is not signed in, before it looks at the body', async () => {
    const refused = await greet({ nome: 7 });
    expect(refused).toMatchObject({ status: 401, json: { code: 'AUTH_TOKEN_MISSING' } });
  });

  it('says what is wrong with a body', async () => {
    const { accessToken } = await api.register();
    expect(await greet({ name: '' }, accessToken)).toMatchObject({
      status: 400,
      json: { code: 'VALIDATION_ERROR', errors: [{ path: 'name' }] },
    });
    expect((await greet('{', accessToken)).json.code).toBe('VALIDATION_ERROR');
  });

  it('knows no other path and no other method', async () => {
    expect((await api.call(`${GREETINGS}/other`)).json.code).toBe('NOT_FOUND');
    const other = await api.call(GREETINGS, { method: 'DELETE' });
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers no caller that it does not list', async () => {
    const response = await workers.harness.getWorker('sallyport-greetings').fetch(GREETINGS);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'CALLER_FORBIDDEN' });
  });

  it('is described and watched with the others', async () => {
    const { json: document } = await api.call('/openapi.json');
    expect(document.paths[GREETINGS].post.operationId).toBe('greet');
    const { json: health } = await api.call('/health');
    expect(health.components.greetings).toMatchObject({ status: 'UP' });
  });
});

describe('applyDiff', () => {
  const block = { language: 'diff', path: 'a.ts', text: ' one\n+two\n' };

  it('adds lines beside the one that it names', () => {
    expect(applyDiff('zero\none\nthree\n', block)).toBe('zero\none\ntwo\nthree\n');
  });

  it.each(['zero\n', 'one\none\n'])('refuses a text that has it not exactly once: %j', (text) => {
    expect(() => applyDiff(text, block)).toThrow('Cannot change a.ts');
  });
});
