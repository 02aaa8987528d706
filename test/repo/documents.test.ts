import { globSync, readFileSync } from 'node:fs';

import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';

import { OWN_NAMES } from '../../scripts/local/start-settings.ts';
import { catalogue } from '../../scripts/settings/catalogue.ts';
import { readWorkerFiles } from '../../scripts/workers/worker-file.ts';

type WranglerConfig = {
  readonly name: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: { readonly required?: readonly string[] };
  readonly workers_dev?: boolean;
  readonly preview_urls?: boolean;
  readonly routes?: unknown;
  readonly durable_objects?: {
    readonly bindings: readonly { readonly class_name: string }[];
  };
};

const configurations = ['wrangler.toml', ...globSync('workers/*/wrangler.toml')].map(
  (path) => parse(readFileSync(path, 'utf8')) as unknown as WranglerConfig,
);

const read = (path: string) => readFileSync(path, 'utf8');

/** The rows of the tables of settings, each with the first word of its section's heading. */
function settingRows(page: string) {
  let section = '';
  return page.split('\n').flatMap((line) => {
    section = /^## (\w+)/.exec(line)?.[1] ?? section;
    const [, name, otherwise, allowed] = /^\| `([A-Z_]+)` \| (.+?) \| (.+?) \| /.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ section, name, default: otherwise?.replace(/^`(.*)`$/, '$1'), allowed }];
  });
}

describe('documents', () => {
  it('README shows the two commands', () => {
    expect(read('README.md')).toContain('npm ci && npm start');
    expect(read('README.md')).toContain('npm ci && npm test');
  });

  it('docs/configuration.md has exactly the settings that the Workers read', async () => {
    const rows = settingRows(read('docs/configuration.md'));
    const settings = catalogue(await readWorkerFiles());
    for (const { name, worker, allowed, isSecret, default: otherwise } of settings) {
      const section = worker.replace('sallyport-', '');
      const row = rows.find((one) => one.name === name && [section, 'Every'].includes(one.section));
      expect({ name, worker, ...row }).toMatchObject({ allowed });
      if (isSecret) expect(row?.default).toMatch(/^(?:optional )?secret$/);
      else if (otherwise === '') expect(row?.default).toMatch(/^empty\b/);
      else expect(row?.default).toBe(otherwise);
    }
    const declared = new Set([...settings.map(({ name }) => name), ...OWN_NAMES]);
    expect(rows.filter(({ name }) => !declared.has(name))).toEqual([]);
    const documented = new Set(rows.map(({ name }) => name));
    expect(OWN_NAMES.filter((name) => !documented.has(name))).toEqual([]);
  });

  it.each([...globSync('*.md'), ...globSync('docs/**/*.md')])(
    '%s links to files that exist',
    (path) => {
      const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
      const links = [...read(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link);
      const missing = links.filter(
        (link) => globSync(`${folder}${link}`.replace(/\/$/, '')).length === 0,
      );
      expect(missing).toEqual([]);
    },
  );
});

describe('deployables', () => {
  it('have addresses at the edge only, and so have their versions', () => {
    const open = configurations.filter(
      ({ workers_dev, preview_urls, routes }) =>
        workers_dev !== false || preview_urls !== false || routes,
    );
    expect(open.map(({ name }) => name)).toEqual(['sallyport-edge']);
  });

  it('bind objects of their own only', () => {
    const bindings = configurations.flatMap(
      ({ durable_objects: objects }) => objects?.bindings ?? [],
    );
    expect(bindings.length).toBeGreaterThan(5);
    expect(bindings.filter((binding) => 'script_name' in binding)).toEqual([]);
    const names = bindings.map(({ class_name: name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('have no secrets in their configuration', () => {
    const secrets = configurations.flatMap(({ secrets: listed }) => listed?.required ?? []);
    expect(secrets.length).toBeGreaterThan(3);
    for (const { vars = {} } of configurations) {
      expect(Object.keys(vars).filter((name) => secrets.includes(name))).toEqual([]);
    }
  });
});

describe('error codes', () => {
  it('are registered if they are used', () => {
    const registered = read('shared/contracts/http/error-codes.ts');
    const used = globSync('{workers,durable-objects,shared}/**/*.{ts,tsx}').flatMap((path) =>
      [...read(path).matchAll(/new Problem\(\s*'([A-Z_]+)'/g)].flatMap(([, code]) => code ?? []),
    );
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((code) => !registered.includes(`${code}: {`))).toEqual([]);
  });

  it('are used if they are registered', () => {
    const source = globSync('{workers,durable-objects,shared}/**/*.{ts,tsx}')
      .filter((path) => !path.endsWith('error-codes.ts'))
      .map(read)
      .join('\n');
    const codes = [
      ...read('shared/contracts/http/error-codes.ts').matchAll(/^ {2}([A-Z_]+): \{/gm),
    ].flatMap(([, code]) => code ?? []);
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });
});

describe('tests', () => {
  it('are neither skipped nor focused', () => {
    const marked = globSync('test/**/*.ts').filter((path) =>
      /\b(?:it|test|describe)\.(?:skip|only|todo|skipIf|runIf)\b/.test(read(path)),
    );
    expect(marked.filter((path) => !path.endsWith('documents.test.ts'))).toEqual([]);
  });
});
