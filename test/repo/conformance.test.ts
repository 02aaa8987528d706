import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

const NEGATIVE = 'test/conformance/negative';

/** A row of `docs/conformance.md`: what is demanded, and `` `file`: title `` for each test of it. */
type Row = { readonly demand: string; readonly tests: string };

const page = readFileSync('docs/conformance.md', 'utf8');

const rows: readonly Row[] = [...page.matchAll(/^\| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)].flatMap(
  ([, section = '', demand = '', tests = '']) =>
    section.startsWith('---') || tests === 'Tests' ? [] : [{ demand, tests }],
);

type Citation = { readonly path: string; readonly title: string };

const cited: readonly Citation[] = rows.flatMap(({ tests }) =>
  tests.split(' · ').flatMap((text) => {
    const [, name = '', title] = /^`([\w/-]+)`: (.+)$/.exec(text) ?? [];
    const folder = name.includes('/') ? 'test' : NEGATIVE;
    return title === undefined ? [] : [{ path: `${folder}/${name}.test.ts`, title }];
  }),
);

/** Those of `it` and `it.each`, which stand alone before a function. */
const titlesIn = (path: string): readonly string[] =>
  [
    ...readFileSync(path, 'utf8').matchAll(/(?:\bit|\))\(\s*'([^']+)',\s*(?:async\b|\(\) => \{)/g),
  ].flatMap(([, title]) => title ?? []);

const existing = new Map(
  [...globSync(`${NEGATIVE}/*.test.ts`), ...new Set(cited.map(({ path }) => path))].map((path) => [
    path,
    titlesIn(path),
  ]),
);

/** It shows that the right request passes. */
const isControl = (title: string): boolean => /means? something$/.test(title);

describe('docs/conformance.md', () => {
  it('names tests for every demand, or says why it does not apply', () => {
    expect(rows.length).toBeGreaterThan(60);
    const open = rows.filter(({ tests }) => !/^(?:`[\w/-]+`: |does not apply)/.test(tests));
    expect(open).toEqual([]);
  });

  it('names tests that exist', () => {
    const missing = cited.filter(({ path, title }) => existing.get(path)?.includes(title) !== true);
    expect(missing).toEqual([]);
  });

  it('names every test of the negative suite', () => {
    const named = new Set(cited.map(({ path, title }) => `${path}: ${title}`));
    const all = globSync(`${NEGATIVE}/*.test.ts`).flatMap((path) =>
      titlesIn(path).map((title) => ({ title, name: `${path}: ${title}` })),
    );
    expect(all.length).toBeGreaterThan(200);
    const unnamed = all.filter(({ title, name }) => !isControl(title) && !named.has(name));
    expect(unnamed.map(({ name }) => name)).toEqual([]);
  });
});
