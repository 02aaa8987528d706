import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { afterEach, describe, expect, it, vi } from 'vitest';

const run = promisify(execFile);

type Cruise = {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { readonly rule: { readonly name: string } }[];
  };
};

/** dependency-cruiser's `json` reporter exits 0 whatever it finds: the violations are in its output. */
async function cruise(...paths: string[]): Promise<Cruise> {
  const { stdout } = await run(
    process.execPath,
    [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.mjs',
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
afterEach(() => {
  rmSync(violator, { recursive: true, force: true });
  rmSync(clientViolator, { recursive: true, force: true });
});

describe('layers', () => {
  it('reads every module, and none breaks a rule', async () => {
    const cruised = await cruise('workers', 'durable-objects', 'shared', 'client', 'web');
    // With no transpiler installed dependency-cruiser reads nothing and reports success.
    for (const layer of ['workers/', 'durable-objects/', 'shared/', 'client/', 'web/']) {
      expect(
        cruised.modules.filter(({ source }) => source.startsWith(layer)).length,
      ).toBeGreaterThan(5);
    }
    expect(rulesBroken(cruised)).toEqual([]);
  });

  it('notices a shared module that reaches up', async () => {
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

  it('notices a Worker that uses the client', async () => {
    mkdirSync(violator, { recursive: true });
    writeFileSync(`${violator}/up.ts`, "export * from '../../client/src/common/json.ts';\n");
    expect(rulesBroken(await cruise('shared'))).toContain('client-is-for-others');
  });

  it('notices a Worker that uses the script of a page', async () => {
    mkdirSync(violator, { recursive: true });
    writeFileSync(`${violator}/up.ts`, "export * from '../../web/inspector/messages.ts';\n");
    expect(rulesBroken(await cruise('shared'))).toContain('pages-scripts-are-for-browsers');
  });

  it('notices a cycle', async () => {
    mkdirSync(violator, { recursive: true });
    writeFileSync(`${violator}/a.ts`, "import { b } from './b.ts';\nexport const a = () => b;\n");
    writeFileSync(`${violator}/b.ts`, "import { a } from './a.ts';\nexport const b = () => a;\n");
    expect(rulesBroken(await cruise('shared'))).toContain('no-cycles');
  });
});
