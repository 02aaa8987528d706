import { describe, expect, it } from 'vitest';

import { type DeployStep, deployConfig, deployPlan } from '../../../scripts/deploy/plan.ts';
import { report } from '../../../scripts/deploy/report.ts';
import {
  customDomain,
  issuerOf,
  missingSecrets,
  parseVars,
  secretsOf,
} from '../../../scripts/deploy/settings.ts';
import { mergeSettings } from '../../../scripts/settings/check-settings.ts';
import { parseWorkerFile, type WorkerFile } from '../../../scripts/workers/worker-file.ts';

type Sketch = { readonly calls?: readonly string[]; readonly more?: string };

const worker = (name: string, { calls = [], more = '' }: Sketch = {}): WorkerFile =>
  parseWorkerFile(
    `/repo/${name}/wrangler.toml`,
    [
      `name = "${name}"`,
      'main = "index.ts"',
      'compatibility_date = "2026-11-01"',
      more,
      ...calls.map((to) => `[[services]]\nbinding = "${to.toUpperCase()}"\nservice = "${to}"`),
    ].join('\n'),
  );

const stepsOf = (steps: readonly DeployStep[]): readonly string[] =>
  steps.map(({ worker: { name }, withoutBindings }) => [name, ...withoutBindings].join(' -'));

const FOUR = [
  worker('keys', { calls: ['identity'] }),
  worker('identity', { calls: ['keys', 'connect'] }),
  worker('connect', { calls: ['identity'] }),
  worker('edge', { calls: ['identity', 'keys', 'connect'] }),
];

describe('deployPlan', () => {
  it('deploys a Worker without a binding to a missing one, and again with it later', () => {
    expect(stepsOf(deployPlan(FOUR, new Set()))).toEqual([
      'keys -IDENTITY',
      'identity -CONNECT',
      'keys',
      'connect',
      'identity',
      'edge',
    ]);
  });

  it('deploys each Worker once where all exist', () => {
    const existing = new Set(['keys', 'identity', 'connect', 'edge']);
    expect(stepsOf(deployPlan(FOUR, existing))).toEqual(['keys', 'identity', 'connect', 'edge']);
  });

  it('completes a first deploy that stopped half-way', () => {
    const existing = new Set(['keys', 'identity']);
    expect(stepsOf(deployPlan(FOUR, existing))).toEqual([
      'keys',
      'identity -CONNECT',
      'connect',
      'identity',
      'edge',
    ]);
  });

  it('allows a Worker to bind itself', () => {
    expect(stepsOf(deployPlan([worker('one', { calls: ['one'] })], new Set()))).toEqual(['one']);
  });

  it('refuses a binding to a Worker that is not deployed', () => {
    const lost = worker('lost', { calls: ['nowhere'] });
    expect(() => deployPlan([lost], new Set())).toThrow('Cannot deploy lost');
  });
});

describe('settings', () => {
  const identity = worker('sallyport-identity', {
    more: '[vars]\nISSUER = "https://id.example.com"\n[secrets]\nrequired = ["A", "B"]',
  });

  it('come from the last source with a value that is not empty', () => {
    expect(mergeSettings({ A: '1', B: '1' }, { A: '2', B: '' }, { C: undefined })).toEqual({
      A: '2',
      B: '1',
    });
    expect(parseVars(['A=b=c', 'D='])).toEqual({ A: 'b=c', D: '' });
    expect(() => parseVars(['A'])).toThrow('--var NAME=value');
  });

  it('give a Worker its own secrets only, and list those that are not set anywhere', () => {
    const settings = { A: 'x', OTHER: 'y', UPSTASH_REDIS_REST_TOKEN: 'z' };
    expect(secretsOf(identity, settings)).toEqual({ A: 'x', UPSTASH_REDIS_REST_TOKEN: 'z' });
    expect(missingSecrets(identity, settings)).toEqual(['B']);
    expect(missingSecrets(identity, settings, new Set(['B']))).toEqual([]);
  });

  it('do not use the example as the issuer', () => {
    expect(issuerOf([identity], {})).toBeUndefined();
    expect(issuerOf([identity], { ISSUER: 'https://id.test' })).toBe('https://id.test');
  });
});

const onDomain = (of: WorkerFile) =>
  deployConfig({ worker: of, withoutBindings: [] }, {}, 'https://id.test');

describe('the custom domain', () => {
  const edge = worker('edge', { more: 'workers_dev = true' });
  const hidden = worker('keys', { more: 'workers_dev = false' });
  const routed = worker('edge', { more: 'routes = ["id.test/*"]' });

  it.each([
    ['the issuer’s host', edge, 'https://id.test', 'id.test'],
    ['none for a workers.dev issuer', edge, 'https://edge.acct.workers.dev', undefined],
    ['none for a Worker that is not public', hidden, 'https://id.test', undefined],
    ['none where the file has routes', routed, 'https://id.test', undefined],
    ['none without an issuer', edge, undefined, undefined],
  ])('is %s', (_, of, issuer, expected) => {
    expect(customDomain(of, issuer)).toBe(expected);
  });

  it('replaces workers.dev, and is not added to Workers that are not public', () => {
    expect(onDomain(edge)).toMatchObject({
      routes: [{ pattern: 'id.test', custom_domain: true }],
      workers_dev: false,
      preview_urls: false,
    });
    expect(onDomain(hidden)).toMatchObject({ workers_dev: false });
    expect(onDomain(hidden)).not.toHaveProperty('routes');
  });

  it('does not change other settings of the file', () => {
    const of = worker('one', {
      calls: ['two', 'three'],
      more: '[vars]\nA = "1"\nB = "2"\n[limits]\ncpu_ms = 100',
    });
    expect(deployConfig({ worker: of, withoutBindings: ['TWO'] }, { A: '9' }, undefined)).toEqual({
      name: 'one',
      main: '/repo/one/index.ts',
      compatibility_date: '2026-11-01',
      limits: { cpu_ms: 100 },
      vars: { A: '9', B: '2' },
      services: [{ binding: 'THREE', service: 'three' }],
    });
  });
});

describe('static assets', () => {
  it('are uploaded from the folder of the build, wherever the configuration is', () => {
    const assets = '[assets]\ndirectory = "../dist"\nbinding = "ASSETS"\nrun_worker_first = true';
    expect(onDomain(worker('pages', { more: assets }))).toMatchObject({
      assets: { directory: '/repo/dist', binding: 'ASSETS', run_worker_first: true },
    });
    expect(onDomain(worker('keys'))).not.toHaveProperty('assets');
  });
});

describe('report', () => {
  it('lists what is missing and does not show a secret', () => {
    const of = worker('one', { more: '[secrets]\nrequired = ["KEY", "SALT", "PEPPER"]' });
    const text = report({
      steps: deployPlan([of], new Set()),
      settings: { KEY: 'hunter2' },
      issuer: undefined,
      sizes: new Map([['one', { raw: 2048, gzipped: 1024, assets: { 'a.js': 512 } }]]),
      remote: new Map([['one', new Set(['PEPPER'])]]),
    });
    expect(text).toMatch(/secrets\s+KEY\n\s+kept\s+PEPPER\n\s+missing\s+SALT\n?/);
    expect(text).toContain('2.0 KiB, 1.0 KiB gzipped');
    expect(text).toMatch(/assets\s+a\.js \(0\.5 KiB\)/);
    expect(text).not.toContain('hunter2');
  });
});
