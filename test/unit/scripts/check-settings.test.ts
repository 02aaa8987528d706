import { describe, expect, it } from 'vitest';

import { readStartSettings } from '../../../scripts/local/start-settings.ts';
import { catalogue, secretNames } from '../../../scripts/settings/catalogue.ts';
import { checkSettings, type Environment } from '../../../scripts/settings/check-settings.ts';
import { nearestName } from '../../../scripts/settings/nearest-name.ts';
import { readWorkerFiles } from '../../../scripts/workers/worker-file.ts';

const workers = await readWorkerFiles();

const check = (values: Environment, file: Environment = {}) =>
  checkSettings({
    workers,
    sources: [
      { name: '.env.production', values: file, isOurs: true, ownNames: [] },
      { name: 'the environment', values, isOurs: false, ownNames: ['PORT'] },
    ],
    readOwn: readStartSettings,
    elsewhere: secretNames,
  });

describe('the catalogue of settings', () => {
  it.each(workers.map((worker) => [worker.name, worker] as const))(
    'has what the wrangler.toml of %s declares, and no more',
    (name, worker) => {
      const entries = catalogue([worker]);
      expect(entries.map((entry) => entry.name).toSorted()).toEqual(
        [...Object.keys(worker.vars), ...secretNames(worker)].toSorted(),
      );
      expect(new Set(entries.map((entry) => entry.worker))).toEqual(new Set([name]));
    },
  );

  it('knows which settings are secret, and the defaults of the others', () => {
    const found = (name: string) => catalogue(workers).find((entry) => entry.name === name);
    expect(found('DATABASE_URL')).toMatchObject({ isSecret: true, default: undefined });
    expect(found('SOCIAL_CLIENT_SECRETS')).toMatchObject({ isSecret: true });
    expect(found('DPOP_NONCE')).toMatchObject({ isSecret: false, default: 'required' });
  });
});

describe('checkSettings()', () => {
  it('accepts what wrangler.toml has, and lets later sources override earlier ones', () => {
    expect(check({})).toEqual({});
    const file = { RATE_LIMIT_IP: '10', HUB_SHARDS: '2' };
    expect(check({ RATE_LIMIT_IP: '20', HUB_SHARDS: '' }, file)).toEqual({
      RATE_LIMIT_IP: '20',
      HUB_SHARDS: '2',
    });
  });

  it('names every problem of every Worker in one line, with the value and what is allowed', () => {
    const bad = { RATE_LIMIT_SCALE: '0', BROADCAST_MODE: 'all', ROTATION_DAYS: '9.5', PORT: 'web' };
    expect(() => check(bad)).toThrow(
      [
        '4 settings are wrong (docs/configuration.md):',
        '  PORT="web" must be a whole number from 1 to 65535',
        '  ROTATION_DAYS="9.5" must be a whole number from 1 to 3650',
        '  RATE_LIMIT_SCALE="0" must be a number above 0, at most 1000000',
        '  BROADCAST_MODE="all" must be external, internal or relayed',
      ].join('\n'),
    );
  });

  it.each(['https://id.example.com/', 'https://id.example.com/path', 'http://id.example.com'])(
    'names the issuer %s once, although three Workers refuse it',
    (ISSUER) => {
      expect(() => check({ ISSUER })).toThrow(/^a setting is wrong .*\n {2}ISSUER="[^\n]*$/);
    },
  );

  it.each([
    ['KEY_ENCRYPTION_KEY', 'hunter2'],
    ['DATABASE_URL', 'mysql://u:hunter2@db/d'],
    ['REFRESH_SEALING_KEY_PREVIOUS', 'hunter2'],
    ['SOCIAL_CLIENT_SECRETS', 'hunter2'],
    ['SERVICE_GUID_SALT', 'hunter2'],
    ['SALLYPORT_ADMIN_PASSWORD', 'hunter2'],
  ])('never shows the value of %s', (name, value) => {
    expect(() => check({ [name]: value })).toThrow(`${name} (a secret, not shown) must be `);
    expect(() => check({ [name]: value })).not.toThrow(/hunter2/);
  });

  it.each([
    ['RATE_LIMIT_SCAEL', 'RATE_LIMIT_SCALE'],
    ['REFRESH_SEALNG_KEY', 'REFRESH_SEALING_KEY'],
    ['Cors_Origin', 'CORS_ORIGINS'],
    ['ISSUR', 'ISSUER'],
  ])('says of %s, wherever it stands, that %s is meant', (name, meant) => {
    const line = (source: string) => `${name} in ${source} is no setting: write ${meant}`;
    expect(() => check({ [name]: 'hunter2' })).toThrow(line('the environment'));
    expect(() => check({}, { [name]: 'hunter2' })).toThrow(line('.env.production'));
    expect(() => check({ [name]: 'hunter2' })).not.toThrow(/hunter2/);
  });

  it('ignores unknown names in the environment, and refuses them in a file of ours', () => {
    expect(() => check({ HOME: '/root', EDITOR: 'vi', SPORT: '1', LANG: 'C' })).not.toThrow();
    expect(() => check({}, { HOME: '/root' })).toThrow('HOME in .env.production is no setting');
    expect(() => check({}, { PORT: '1' })).toThrow('PORT in .env.production is no setting');
  });

  it('lets secrets be elsewhere, and wants the others', () => {
    const needs = { UPSTASH_REDIS_REST_URL: 'https://redis.example.com' };
    expect(() => check(needs)).not.toThrow();
    const sources = [{ name: '--var', values: needs, isOurs: true, ownNames: [] }];
    const all = () => checkSettings({ workers, sources, elsewhere: () => ['DATABASE_URL'] });
    expect(all).toThrow('UPSTASH_REDIS_REST_TOKEN must be set where UPSTASH_REDIS_REST_URL is');
    expect(all).toThrow('KEY_ENCRYPTION_KEY must be set: 32 bytes in base64url');
    expect(all).not.toThrow(/DATABASE_URL/);
  });
});

describe('nearestName()', () => {
  it.each([
    ['DATABASE_URI', 'DATABASE_URL'],
    ['ATABASE_URLL', 'DATABASE_URL'],
    ['DATABSAE_URL', 'DATABASE_URL'],
    ['DATA', undefined],
    ['PORTS', undefined],
    ['ISSUE', 'ISSUER'],
    ['TISSUES', undefined],
  ])('finds for %s %s', (name, meant) => {
    expect(nearestName(name, ['PORT', 'ISSUER', 'DATABASE_URL'])).toBe(meant);
  });
});
