import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { readTestFile } from '../../scripts/conformance/annotated-tests.ts';

const read = (path: string) => readFileSync(path, 'utf8');

const page = read('SECURITY.md');

/** The rows of the table: the number of each guarantee, and the files that keep it. */
const guarantees = [...page.matchAll(/^\| (S\d+) \| .+ \| (.+) \|$/gm)].map(
  ([, name = '', where = '']) => ({ name, where }),
);

/** What holds each guarantee, as the list below the table says. */
const proofs = [...page.matchAll(/^- \*\*(S\d+)\*\*: (.+)$/gm)].map(
  ([, name = '', citations = '']) => ({ name, citations: citations.split('; ') }),
);

const TEST = /^“(.+)” \(\[[\w-]+\]\((test\/[\w/-]+\.test\.ts)\)\)$/;
const RULES = /^rules? (.+) \(\[[\w -]+\]\(([\w/-]+SPEC\.md)\)\)$/;

/** What is wrong with a citation; `undefined` if it leads to a test, or to rules, which have tests. */
function faultOf(citation: string): string | undefined {
  const [, title, path] = TEST.exec(citation) ?? [];
  if (title !== undefined && path !== undefined) {
    const { tests } = readTestFile(path, read(path));
    return tests.some((one) => one.title === title) ? undefined : `no such test: ${citation}`;
  }
  const [, rules, specification] = RULES.exec(citation) ?? [];
  if (rules === undefined || specification === undefined) return `not understood: ${citation}`;
  const declared = read(specification);
  const missing = rules.split(/, |–/).filter((rule) => !declared.includes(`- **${rule}** `));
  return missing.length === 0 ? undefined : `no such rule: ${missing.join(', ')}`;
}

describe('the guarantees of SECURITY.md', () => {
  it('are numbered in order', () => {
    expect(guarantees.length).toBeGreaterThan(15);
    expect(guarantees.map(({ name }) => name)).toEqual(
      guarantees.map((_, index) => `S${index + 1}`),
    );
  });

  it('are all held by tests that exist under the titles that the page cites', () => {
    expect(proofs.map(({ name }) => name)).toEqual(guarantees.map(({ name }) => name));
    expect(
      proofs.flatMap(({ citations }) => citations).flatMap((one) => faultOf(one) ?? []),
    ).toEqual([]);
  });

  it('name files that exist', () => {
    const paths = guarantees.flatMap(({ where }) =>
      [...where.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    );
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.filter((path) => globSync(path).length === 0)).toEqual([]);
  });

  it.each([
    ['“no test” ([documents](test/repo/documents.test.ts))', 'no such test'],
    ['rules U1–U999 ([user](durable-objects/user/SPEC.md))', 'no such rule: U999'],
    ['the code', 'not understood'],
  ])('are not held by %s', (citation, fault) => {
    expect(faultOf(citation)).toContain(fault);
  });
});
