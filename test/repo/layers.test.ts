import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { afterEach, describe, expect, it, vi } from 'vitest';

const run = promisify(execFile);

type Cruise = {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { readonly rule: { readonly name: string } }[];
  };
};

/** dependency-cruiser's `json` reporter always exits with 0, so the violations are read from its output. */
const cruise = (...paths: string[]): Promise<Cruise> => cruiseBy('.dependency-cruiser.mjs', paths);

async function cruiseBy(config: string, paths: readonly string[]): Promise<Cruise> {
  const { stdout } = await run(
    process.execPath,
    [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      config,
      '--output-type',
      'json',
      ...paths,
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as Cruise;
}

const rulesBroken = ({ summary }: Cruise) => summary.violations.map(({ rule }) => rule.name);

vi.setConfig({ testTimeout: 60_000 });

const violator = 'shared/zz-layer-test';
const clientViolator = 'client/src/zz-layer-test';
const sdkViolator = 'client/src/common/zz-layer-test.ts';
const kitViolator = 'workers/kit/zz-layer-test';
const folderViolator = 'workers/connect/zz-layer-test';
const ruleViolator = 'durable-objects/queue/zz-layer-test.ts';
const edgeViolator = 'workers/edge/validate/zz-layer-test.ts';
const hubViolator = 'durable-objects/hub/frames/zz-layer-test.ts';
const identityViolators = ['platform', 'accounts', 'oauth'].map(
  (layer) => `workers/identity/${layer}/zz-layer-test.ts`,
);
const hubRuleConfig = 'zz-layer-test.mjs';
const violators = [
  violator,
  clientViolator,
  sdkViolator,
  kitViolator,
  folderViolator,
  ruleViolator,
  edgeViolator,
  hubViolator,
  hubRuleConfig,
  ...identityViolators,
];
afterEach(() => {
  for (const path of violators) {
    rmSync(path, { recursive: true, force: true });
  }
});

describe('layers', () => {
  it('are kept by every module', async () => {
    const cruised = await cruise('workers', 'durable-objects', 'shared', 'client', 'web');
    // Without a transpiler dependency-cruiser reads no file and reports success.
    for (const layer of ['workers/', 'durable-objects/', 'shared/', 'client/', 'web/']) {
      expect(
        cruised.modules.filter(({ source }) => source.startsWith(layer)).length,
      ).toBeGreaterThan(5);
    }
    expect(rulesBroken(cruised)).toEqual([]);
  });

  it('reports a shared module that imports a higher layer', async () => {
    mkdirSync(violator, { recursive: true });
    writeFileSync(`${violator}/up.ts`, "export * from '../../workers/edge/index.ts';\n");
    expect(rulesBroken(await cruise('shared'))).toContain('shared-is-a-leaf');
  });

  it.each(['../../../workers/edge/index.ts', 'hono'])(
    'notices a client that needs %s',
    async (needed) => {
      mkdirSync(clientViolator, { recursive: true });
      writeFileSync(`${clientViolator}/needs.ts`, `export * from '${needed}';\n`);
      expect(rulesBroken(await cruise('client'))).toContain('client-knows-shared-alone');
    },
  );

  it('reports a Worker that uses the client', async () => {
    mkdirSync(violator, { recursive: true });
    writeFileSync(`${violator}/up.ts`, "export * from '../../client/src/common/json.ts';\n");
    expect(rulesBroken(await cruise('shared'))).toContain('client-is-for-others');
  });

  it('reports a Worker that uses the script of a page', async () => {
    mkdirSync(violator, { recursive: true });
    writeFileSync(`${violator}/up.ts`, "export * from '../../web/inspector/dom.ts';\n");
    expect(rulesBroken(await cruise('shared'))).toContain('pages-scripts-are-for-browsers');
  });

  it.each(['workers/keys/config.ts', 'durable-objects/queue/queue.ts'])(
    'notices a kit that knows %s',
    async (imported) => {
      mkdirSync(kitViolator, { recursive: true });
      writeFileSync(`${kitViolator}/knows.ts`, `export * from '../../../${imported}';\n`);
      expect(rulesBroken(await cruise('workers/kit'))).toContain(
        'kit-knows-no-worker-and-no-object',
      );
    },
  );

  it('reports a circle of folders without a circle of files', async () => {
    for (const [from, to] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      mkdirSync(`${folderViolator}/${from}`, { recursive: true });
      writeFileSync(`${folderViolator}/${from}/leaf.ts`, 'export type Leaf = string;\n');
      const text = `import type { Leaf } from '../${to}/leaf.ts';\nexport type Two = [Leaf, Leaf];\n`;
      writeFileSync(`${folderViolator}/${from}/borrows.ts`, text);
    }
    const broken = rulesBroken(await cruise('workers/connect'));
    expect(broken).toContain('folders-point-one-way');
    expect(broken).not.toContain('no-cycles');
  });

  it('reports a circle of folders in the SDK', async () => {
    const text =
      "import type { HubState } from '../hub/hub-state.ts';\nexport type State = HubState;\n";
    writeFileSync(sdkViolator, text);
    const broken = rulesBroken(await cruise('client', 'shared'));
    expect(broken).toContain('folders-point-one-way');
  });

  it.each(['./queue-store.ts', './queue-object.ts', './queue-schema.ts', 'cloudflare:workers'])(
    'notices rules of an object that need %s',
    async (needed) => {
      writeFileSync(ruleViolator, `export * from '${needed}';\n`);
      expect(rulesBroken(await cruise('durable-objects/queue'))).toContain('domain-is-pure');
    },
  );

  it('reports a circle of folders in the edge, even one of type imports', async () => {
    writeFileSync(
      edgeViolator,
      "import type { Trip } from '../gateway/trip.ts';\nexport type T = Trip;\n",
    );
    expect(rulesBroken(await cruise('workers/edge'))).toContain('folders-point-one-way');
  });

  it('reports a folder of the edge that imports the file that composes it', async () => {
    writeFileSync(edgeViolator, "import type { App } from '../app.ts';\nexport type A = App;\n");
    expect(rulesBroken(await cruise('workers/edge'))).toContain('edge-folders-know-no-composition');
  });

  it.each([
    ['platform', '../sessions/user-sessions.ts'],
    ['accounts', '../oauth/endpoints.ts'],
    ['oauth', '../web/page-routes.ts'],
    ['oauth', '../services.ts'],
  ])(
    'notices a file of identity’s %s/ that imports %s, if for a type alone',
    async (layer, imported) => {
      const text = `import type * as upper from '${imported}';\nexport type Upper = typeof upper;\n`;
      writeFileSync(`workers/identity/${layer}/zz-layer-test.ts`, text);
      expect(rulesBroken(await cruise(`workers/identity/${layer}`))).toContain('identity-layers');
    },
  );

  it('reports a cycle', async () => {
    mkdirSync(violator, { recursive: true });
    writeFileSync(`${violator}/a.ts`, "import { b } from './b.ts';\nexport const a = () => b;\n");
    writeFileSync(`${violator}/b.ts`, "import { a } from './a.ts';\nexport const b = () => a;\n");
    expect(rulesBroken(await cruise('shared'))).toContain('no-cycles');
  });

  it.each([
    ['a folder of the hub that reaches up', '../calls/deadline.ts', 'hub-layers'],
    ['a folder of the hub that reaches the wiring', '../wiring.ts', 'hub-layers'],
    [
      'a store of the hub outside the shells',
      '../streams/log-store.ts',
      'hub-stores-stay-in-shells',
    ],
  ])('notices %s', async (_, needed, rule) => {
    writeFileSync(hubViolator, `export * from '${needed}';\n`);
    expect(rulesBroken(await cruise('durable-objects/hub'))).toContain(rule);
  });

  it.each([
    ['a socket', '../connections/connection.ts'],
    ['a store', '../streams/log-store.ts'],
    ['the runtime', 'cloudflare:workers'],
  ])('notices a rule of the hub that knows %s', async (_, needed) => {
    writeFileSync(hubViolator, `export * from '${needed}';\n`);
    // The violator takes the place of a file that HUB_RULES lists.
    const [rules, violator] = ['frames/read-message', 'frames/zz-layer-test'];
    writeFileSync(
      hubRuleConfig,
      `import config from './.dependency-cruiser.mjs';
      export default JSON.parse(JSON.stringify(config).replaceAll('${rules}', '${violator}'));`,
    );
    const cruised = await cruiseBy(hubRuleConfig, ['durable-objects/hub']);
    expect(rulesBroken(cruised)).toContain('hub-rules-are-pure');
  });

  it('lists every folder of the hub, and only rule files that exist', async () => {
    const configuration = '../../.dependency-cruiser.mjs';
    const { HUB_LAYERS, HUB_RULES } = (await import(configuration)) as Readonly<
      Record<'HUB_LAYERS' | 'HUB_RULES', readonly string[]>
    >;
    const files = globSync('durable-objects/hub/*/**/*.ts');
    const folders = new Set(files.map((file) => file.split('/')[2]));
    expect(new Set(HUB_LAYERS)).toEqual(folders);
    expect(HUB_RULES.filter((file) => !existsSync(file))).toEqual([]);
  });
});
