import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

const read = (pattern: string) =>
  globSync(pattern)
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');

/** Rules are declared as `- **G1** ...` in a SPEC.md and cited as `[G1]` or `[G1-G4]` in test names. */
function declared(specification: string): string[] {
  return [...specification.matchAll(/^- \*\*([A-Z]+\d+)\*\*/gm)].flatMap(([, rule]) => rule ?? []);
}

function* cited(source: string): Generator<string> {
  for (const [, prefix, first, last] of source.matchAll(/\[([A-Z]+)(\d+)(?:-[A-Z]+(\d+))?\]/g)) {
    for (let n = Number(first); n <= Number(last ?? first); n += 1) yield `${prefix}${n}`;
  }
}

const specifications = globSync('{durable-objects,shared,workers}/**/SPEC.md');
const rules = specifications.flatMap((path) => declared(readFileSync(path, 'utf8')));
const tested = new Set(
  cited(read('test/{unit,property,durable-objects,http,integration,contract}/**/*.ts')),
);

describe('specifications', () => {
  it('exist for every Durable Object', () => {
    const objects = globSync('durable-objects/*/*-object.ts').map((path) => path.split('/')[1]);
    const specified = specifications.map((path) => path.split('/')[1]);
    expect(objects.length).toBeGreaterThan(0);
    expect(objects.filter((name) => !specified.includes(name))).toEqual([]);
  });

  it('declare each rule once', () => {
    expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([]);
  });

  it('have a test for every rule', () => {
    expect(rules.filter((rule) => !tested.has(rule))).toEqual([]);
  });

  it('declare every rule that a test cites', () => {
    expect([...tested].filter((rule) => !rules.includes(rule))).toEqual([]);
  });
});
