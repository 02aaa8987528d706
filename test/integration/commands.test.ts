import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { freePort, runScript, temporaryFolder } from '../support/node/instance.ts';

const COMMANDS = [
  'admin-create.ts',
  'build.ts',
  'deploy.ts',
  'dev-secrets.ts',
  'keep-data.ts',
  'keys-rotate.ts',
  'migrate.ts',
  'start.ts',
  'tour.ts',
];

const STACK = /^ {4}at /m;

describe.each(COMMANDS)('scripts/%s', { timeout: 30_000 }, (name) => {
  it.each(['--help', '-h'])('shows its usage for %s, and ends with 0', async (flag) => {
    const { code, output } = await runScript(name, [flag]);
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/npm (?:run|start)[\s\S]*-h, --help/),
    ]);
  });

  it.each([['--frobnicate'], ['frobnicate']])('ends with 2 for %s, and names it', async (arg) => {
    const { code, output } = await runScript(name, [arg]);
    expect([code, output]).toEqual([2, expect.stringContaining(`'${arg}'`)]);
    expect(output).toContain('-h, --help');
    expect(output).not.toMatch(STACK);
  });
});

describe('commands that cannot do their work', { timeout: 30_000 }, () => {
  const ADMIN = { SALLYPORT_ADMIN_PASSWORD: 'correct horse battery' };
  const EMAIL = ['--email', 'admin@example.test'];

  it.each([
    ['migrate.ts', [], {}, 1, 'DATABASE_URL is not set in the environment'],
    ['migrate.ts', [], { DATABASE_URL: 'mysql://u:hunter2@h/d' }, 1, 'must be a PostgreSQL URL'],
    ['migrate.ts', [], { DATABASE_ULR: 'hunter2' }, 1, 'write DATABASE_URL'],
    ['admin-create.ts', EMAIL, { RATE_LIMIT_SCALE: '0' }, 1, 'RATE_LIMIT_SCALE="0" must be'],
    ['admin-create.ts', [], { DATABASE_URL: 'postgres://h/d' }, 2, '--email is missing'],
    ['keys-rotate.ts', EMAIL, {}, 2, 'SALLYPORT_ADMIN_PASSWORD is not set'],
    [
      'keys-rotate.ts',
      [...EMAIL, '--alg', 'ES257'],
      ADMIN,
      2,
      '--alg ES257 must be ES256 or EdDSA',
    ],
    ['keys-rotate.ts', [...EMAIL, '--url', 'here'], ADMIN, 2, '--url here is no URL'],
    ['keys-rotate.ts', EMAIL, { ...ADMIN, ISSUER: 'here' }, 1, 'ISSUER="here" must be an origin'],
    ['deploy.ts', ['--var', 'A'], {}, 2, 'write --var NAME=value'],
    ['tour.ts', ['--url', 'here'], {}, 2, '--url here is no URL'],
  ] as const)('%s %j with %j ends with %i: %s', async (name, args, env, code, text) => {
    const ended = await runScript(name, args, { env });
    expect(ended).toEqual({ code, output: expect.stringContaining(text) });
    expect(ended.output).not.toMatch(/hunter2/);
    expect(ended.output).not.toMatch(STACK);
  });

  it('read for --production the database of .env.production alone', async () => {
    await using folder = await temporaryFolder();
    const [named, other] = [await freePort(), await freePort()];
    const env = { DATABASE_URL: `postgres://127.0.0.1:${other}/d` };
    const run = () => runScript('migrate.ts', ['--production'], { env, cwd: folder.path });
    expect((await run()).output).toBe('✖ DATABASE_URL is not set in .env.production\n');
    const text = `DATABASE_URL=postgres://127.0.0.1:${named}/d\n`;
    await writeFile(join(folder.path, '.env.production'), text);
    expect((await run()).output).toContain(`PostgreSQL at 127.0.0.1:${named} `);
  });

  it('name the database or the deployment that does not answer, in one line', async () => {
    const port = await freePort();
    const env = { DATABASE_URL: `postgres://u:hunter2@127.0.0.1:${port}/d`, ...ADMIN };
    const url = `http://127.0.0.1:${port}`;
    const ends = await Promise.all([
      runScript('migrate.ts', [], { env }),
      runScript('admin-create.ts', EMAIL, { env }),
      runScript('keys-rotate.ts', [...EMAIL, '--url', url], { env }),
    ]);
    const database = `✖ Cannot connect to the PostgreSQL at 127.0.0.1:${port} (DATABASE_URL): `;
    for (const [index, text] of [database, database, `✖ Nothing answers at ${url}`].entries()) {
      expect(ends[index]?.code).toBe(1);
      expect(ends[index]?.output.startsWith(text)).toBe(true);
      expect(ends[index]?.output.trimEnd().split('\n')).toHaveLength(1);
    }
  });
});
