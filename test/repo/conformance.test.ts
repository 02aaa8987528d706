import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { readTestFile } from '../../scripts/conformance/annotated-tests.ts';
import { collectDemands } from '../../scripts/conformance/demands.ts';
import { conformancePage } from '../../scripts/conformance/page.ts';
import { CONFORMANCE_PAGE, repositoryDemands } from '../../scripts/docs-conformance.ts';
import { SPECIFICATIONS } from '../conformance/specifications.ts';

describe('the annotations of tests', () => {
  const { demands, faults } = repositoryDemands();

  it('are valid: each demand is stated once, and each test of the negative suite has one', () => {
    expect(faults).toEqual([]);
    expect(demands.length).toBeGreaterThan(80);
    expect(demands.flatMap(({ tests }) => tests).length).toBeGreaterThan(250);
  });

  it('are the ones in docs/conformance.md (if not, run `npm run docs:conformance`)', () => {
    expect(readFileSync(CONFORMANCE_PAGE, 'utf8')).toBe(conformancePage(demands, SPECIFICATIONS));
  });
});

const PATH = 'test/conformance/negative/made-up.test.ts';

/** Collects the demands of a test file's text. */
const collect = (source: string, path = PATH) =>
  collectDemands({
    files: [readTestFile(path, source)],
    specifications: [{ name: 'RFC 1' }, { name: 'RFC 2' }],
    notApplicable: [{ demand: 'RFC 2 §9: Nobody does this.', reason: 'It does not apply.' }],
  });

describe('collectDemands', () => {
  it('gives a test its own annotations, or those of the describe around it', () => {
    const { demands, faults } = collect(`
      /** @demands RFC 1 §10: Ten is kept. */
      describe('a suite', () => {
        it('ten', () => {});
        /**
         * @demands RFC 1 §2: Two is kept,
         *   on a second line.
         * @demands RFC 1 §10: Ten…
         */
        it.each([['a']])('two and ten %s', () => {});
      });
    `);
    expect(faults).toEqual([]);
    expect(
      demands.map(({ sections, sentence, reason, tests }) => ({
        demand: `${sections} ${sentence}`,
        reason,
        titles: tests.map(({ title }) => title),
      })),
    ).toEqual([
      { demand: '§2 Two is kept, on a second line.', titles: ['two and ten %s'] },
      { demand: '§10 Ten is kept.', titles: ['ten', 'two and ten %s'] },
      { demand: '§9 Nobody does this.', reason: 'It does not apply.', titles: [] },
    ]);
  });

  it('finds tests in loops', () => {
    const { faults } = collect(`for (const x of [1, 2]) it('is tested', function () {});`);
    expect(faults).toEqual([`${PATH}: no annotation says what "is tested" proves`]);
  });

  it('sorts demands by the numbers of their sections', () => {
    const sections = ['§2.1', '§2.1, §4.7', '§2.1.1', '§2.3 checks 1, 2', '§2.3 check 10', '§10'];
    const annotations = [...sections, 'Appendix B'].map((one) => `@demands RFC 1 ${one}: It is.`);
    const { demands } = collect(
      `/** ${annotations.toReversed().join(' ')} */ it('is tested', () => {});`,
    );
    expect(demands.map((demand) => demand.sections)).toEqual([
      ...sections,
      'Appendix B',
      '§9', // Of the second specification.
    ]);
  });

  it.each([
    ['an unknown specification', 'RFC 3 §1: It is.', 'neither a demand of a known specification'],
    ['no section', 'RFC 1: It is.', 'neither a demand of a known specification'],
    ['no end', 'RFC 1 §1: It is', 'neither a demand of a known specification'],
    ['a reference to nothing', 'RFC 1 §1: Nothing…', 'no demand begins with these words'],
  ])('finds a fault in an annotation with %s', (_what, text, fault) => {
    const { faults } = collect(`/** @demands ${text} */\nit('is tested', () => {});`);
    expect(faults).toContainEqual(expect.stringContaining(`${PATH}:1: ${fault}`));
  });

  it.each([
    [
      'a demand that is stated twice',
      `/** @demands RFC 1 §1: It is. */ it('one', () => {}); /** @demands RFC 1 §1: It is. */ it('two', () => {});`,
      'stated more than once',
    ],
    [
      'a reference to two demands',
      `/** @demands RFC 1 §1: It is. @demands RFC 1 §1: It was. @demands RFC 1 §1: It… */ it('one', () => {});`,
      'several demands begin so',
    ],
    [
      'a demand above no test',
      `/** @demands RFC 1 §1: It is. */\nconst x = 1;`,
      'no test proves it',
    ],
    [
      'a demand whose tests prove another one',
      `/** @demands RFC 1 §1: It is. */ describe('x', () => {
        /** @demands RFC 1 §2: It was. */
        it('one', () => {});
      });`,
      'no test proves it: RFC 1 §1',
    ],
    [
      'a test of the negative suite without an annotation',
      `it('one', () => {});`,
      'no annotation says what "one" proves',
    ],
  ])('finds a fault in %s', (_what, source, fault) => {
    expect(collect(source).faults).toContainEqual(expect.stringContaining(fault));
  });

  it('allows tests outside the negative suite without annotations', () => {
    expect(collect(`it('one', () => {});`, 'test/unit/made-up.test.ts').faults).toEqual([]);
  });
});
