import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { FakeCloudflare, type Uploaded } from '../support/node/fake-cloudflare.ts';
import { npmRun, runScript, temporaryFolder } from '../support/node/instance.ts';

/** 32 bytes, whose text ends as no other does. */
const aKey = (name: string) => `${name}hunter2`.padStart(42, 'A').concat('A');

const SECRETS = {
  DATABASE_URL: 'postgres://u:hunter2@db.invalid/d',
  KEY_ENCRYPTION_KEY: aKey('kek'),
  REFRESH_SEALING_KEY: aKey('seal'),
  PAIRWISE_SUBJECT_KEY: aKey('pair'),
  SERVICE_GUID_SALT: aKey('salt'),
};
const ISSUER = 'https://id.acme.invalid';
const UNATTENDED = ['deploy', '--', '--yes', '--skip-migrations', '--skip-check'];

const withSecrets = (name: string, secrets: readonly string[]): Uploaded => ({
  name,
  bindings: secrets.map((secret) => ({ name: secret, type: 'secret_text' })),
});

describe('npm run deploy -- --dry-run', { timeout: 180_000 }, () => {
  it('shows, without the network, what would be deployed and what is missing', async () => {
    const { code, output } = await npmRun(['deploy', '--', '--dry-run'], {
      CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:1',
      DATABASE_URL: SECRETS.DATABASE_URL,
    });
    expect(code).toBe(0);
    const order = [...output.matchAll(/^ {2}\d\. (sallyport-\w+)/gm)].map(([, name]) => name);
    expect(order).toEqual([
      'sallyport-keys',
      'sallyport-identity',
      'sallyport-keys',
      'sallyport-connect',
      'sallyport-identity',
      'sallyport-edge',
    ]);
    expect(output).toMatch(/sallyport-keys → no address; still without IDENTITY_RPC/);
    expect(output).toMatch(/sallyport-identity → no address; still without CONNECT_RPC/);
    expect(output).toMatch(/sallyport-edge → https:\/\/sallyport-edge\.<account>\.workers\.dev/);
    expect(output.match(/size\s+[\d.]+ KiB, [\d.]+ KiB gzipped/g)).toHaveLength(4);
    expect(output).toMatch(/assets\s+inspector\.js \([\d.]+ KiB\)/);
    expect(output).toMatch(/objects\s+USERS \(UserObject\)/);
    expect(output).toMatch(/queues\s+sallyport-client-events/);
    expect(output).toMatch(/missing\s+KEY_ENCRYPTION_KEY/);
    expect(output).toContain('ISSUER is not set');
    expect(output).not.toContain('hunter2');
  });
});

describe('npm run deploy with settings that are wrong', { timeout: 60_000 }, () => {
  const WRONG = { RATE_LIMIT_SCALE: '0', RATE_LIMIT_SCAEL: '2', KEY_ENCRYPTION_KEY: 'hunter2' };

  it.each([['--dry-run'], ['--yes']])('names all of them for %s, and asks nobody', async (mode) => {
    await using cloudflare = await new FakeCloudflare().listen();
    const { code, output } = await npmRun(
      ['deploy', '--', mode, '--var', 'ISSUER=https://id.acme.invalid/', '--var', 'COLOR=red'],
      { ...cloudflare.environment, ...WRONG },
    );
    expect(code).toBe(1);
    expect(output.trimEnd().split('\n')).toEqual([
      '✖ 5 settings are wrong (docs/configuration.md):',
      '  RATE_LIMIT_SCAEL in the environment is no setting: write RATE_LIMIT_SCALE',
      '  COLOR in --var is no setting',
      '  KEY_ENCRYPTION_KEY (a secret, not shown) must be 32 bytes in base64url without padding',
      expect.stringMatching(/^ {2}ISSUER="https:\/\/id\.acme\.invalid\/" must be an origin/),
      '  RATE_LIMIT_SCALE="0" must be a number above 0, at most 1000000',
    ]);
    expect(cloudflare.uploads).toEqual([]);
  });

  it('reads .env.production in the folder of the command, and refuses unknown names in it', async () => {
    await using folder = await temporaryFolder();
    const text = 'ISSUER=https://id.acme.invalid\nDATABASE_ULR=postgres://u:hunter2@h/d\nHOME=/\n';
    await writeFile(join(folder.path, '.env.production'), text);
    const { code, output } = await runScript('deploy.ts', ['--dry-run'], { cwd: folder.path });
    expect([code, output]).toEqual([1, expect.not.stringContaining('hunter2')]);
    expect(output).toContain('DATABASE_ULR in .env.production is no setting: write DATABASE_URL');
    expect(output).toContain('HOME in .env.production is no setting');
  });

  it('names an optional secret that another setting needs, and Cloudflare does not have', async () => {
    await using cloudflare = await new FakeCloudflare().listen();
    const { code, output } = await npmRun(UNATTENDED, {
      ...cloudflare.environment,
      ...SECRETS,
      ISSUER,
      UPSTASH_REDIS_REST_URL: 'https://redis.acme.invalid',
    });
    expect([code, output]).toEqual([
      1,
      expect.stringContaining('UPSTASH_REDIS_REST_TOKEN must be'),
    ]);
    expect(cloudflare.uploads).toEqual([]);
  });
});

describe('npm run deploy', { timeout: 180_000 }, () => {
  it('deploys everything to an empty account, each secret to its Workers only', async () => {
    await using cloudflare = await new FakeCloudflare().listen();
    const env = { ...cloudflare.environment, ...SECRETS, ISSUER };
    const { code, output } = await npmRun(UNATTENDED, env);
    expect([code, output]).toEqual([0, expect.not.stringContaining('hunter2')]);

    const names = cloudflare.uploads.map(({ name }) => name.replace('sallyport-', ''));
    expect(names).toEqual(['keys', 'identity', 'keys', 'connect', 'identity', 'edge']);
    const bound = cloudflare.uploads.map(({ bindings }) => bindings.map(({ name }) => name));
    expect(bound[0]).not.toContain('IDENTITY_RPC');
    expect(bound[1]).not.toContain('CONNECT_RPC');
    expect(bound[2]).toContain('IDENTITY_RPC');
    expect(bound[4]).toContain('CONNECT_RPC');
    const secrets = cloudflare.uploads.map(({ bindings }) =>
      bindings.filter(({ type }) => type === 'secret_text').map(({ name }) => name),
    );
    expect(secrets).toEqual([
      ['KEY_ENCRYPTION_KEY'],
      ['DATABASE_URL', 'REFRESH_SEALING_KEY', 'PAIRWISE_SUBJECT_KEY'],
      ['KEY_ENCRYPTION_KEY'],
      ['SERVICE_GUID_SALT'],
      ['DATABASE_URL', 'REFRESH_SEALING_KEY', 'PAIRWISE_SUBJECT_KEY'],
      [],
    ]);
    expect(cloudflare.assets).toEqual({ 'sallyport-identity': ['/inspector.js'] });
    expect(bound[1]).toContain('ASSETS');
    const issuers = cloudflare.uploads.flatMap(({ bindings }) =>
      bindings.filter(({ name }) => name === 'ISSUER').map(({ text }) => text),
    );
    expect(new Set(issuers)).toEqual(new Set([ISSUER]));
    expect(cloudflare.domains).toEqual(['id.acme.invalid']);
    expect(cloudflare.queues).toEqual(['sallyport-client-events']);
    expect(cloudflare.consumers).toEqual({ 'sallyport-client-events': 'sallyport-connect' });
    expect(output).toContain('✔ queue sallyport-client-events');
  });

  it('does not need secrets that Cloudflare has, and deploys each Worker once', async () => {
    await using cloudflare = await new FakeCloudflare().listen();
    cloudflare.uploads.push(
      withSecrets('sallyport-keys', ['KEY_ENCRYPTION_KEY']),
      withSecrets('sallyport-identity', [
        'DATABASE_URL',
        'REFRESH_SEALING_KEY',
        'PAIRWISE_SUBJECT_KEY',
      ]),
      withSecrets('sallyport-connect', ['SERVICE_GUID_SALT']),
      withSecrets('sallyport-edge', []),
    );
    cloudflare.queues.push('sallyport-client-events');
    const { code, output } = await npmRun(UNATTENDED, { ...cloudflare.environment, ISSUER });
    expect(cloudflare.queues).toHaveLength(1);
    expect([code, output]).toEqual([0, expect.stringMatching(/kept\s+KEY_ENCRYPTION_KEY/)]);
    const names = cloudflare.uploads.slice(4).map(({ name }) => name.replace('sallyport-', ''));
    expect(names).toEqual(['keys', 'identity', 'connect', 'edge']);
  });

  it.each([
    ['a secret is not set anywhere', { ISSUER }, /KEY_ENCRYPTION_KEY \(sallyport-keys\)/],
    ['no issuer is set', SECRETS, /ISSUER is not set/],
  ])('changes nothing where %s', async (_, settings, reason) => {
    await using cloudflare = await new FakeCloudflare().listen();
    const { code, output } = await npmRun(UNATTENDED, { ...cloudflare.environment, ...settings });
    expect([code, output]).toEqual([1, expect.stringMatching(reason)]);
    expect(cloudflare.uploads).toEqual([]);
  });

  it('deploys nothing where it cannot ask for confirmation', async () => {
    await using cloudflare = await new FakeCloudflare().listen();
    const { code, output } = await npmRun(['deploy', '--', '--skip-migrations'], {
      ...cloudflare.environment,
      ...SECRETS,
      ISSUER,
    });
    expect([code, output]).toEqual([1, expect.stringContaining('say --yes')]);
    expect(cloudflare.uploads).toEqual([]);
  });
});
