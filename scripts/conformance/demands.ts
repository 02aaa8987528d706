/**
 * Collects the demands of specifications from the annotations of tests, and finds faults in the
 * annotations.
 *
 * `RFC 9700 §2.4: There is no password grant.` states a demand. An annotation that ends in `…` refers to
 * the demand that begins with the same words, because each demand is stated once.
 *
 * @module
 */

import type { NotApplicable, Specification } from '../../test/conformance/specifications.ts';
import type { AnnotatedTest, Annotation, TestFile } from './annotated-tests.ts';

export type Demand = {
  readonly specification: string;
  readonly sections: string;
  readonly sentence: string;
  /** Why the demand does not apply to us, if it does not. */
  readonly reason?: string | undefined;
  readonly tests: readonly AnnotatedTest[];
};

export type Collected = {
  /** In the order of the specifications and of their sections. */
  readonly demands: readonly Demand[];
  /** The faults, with their places. The demands are complete only if there are none. */
  readonly faults: readonly string[];
};

type Sources = {
  readonly files: readonly TestFile[];
  readonly specifications: readonly Specification[];
  readonly notApplicable: readonly NotApplicable[];
};

/** Each test of this folder must prove a demand. */
export const NEGATIVE_SUITE = 'test/conformance/negative';

export function collectDemands({ files, specifications, notApplicable }: Sources): Collected {
  const annotations = files.flatMap((file) => file.annotations);
  const tests = files.flatMap((file) => file.tests);
  const stated = [
    ...annotations.map(({ text }) => text).filter((text) => !isReference(text)),
    ...notApplicable.map(({ demand }) => demand),
  ];
  const names = specifications.map(({ name }) => name);
  const reasons = new Map(notApplicable.map(({ demand, reason }) => [demand, reason]));
  const demands = [...new Set(stated)].flatMap((text) => {
    const parts = partsOf(text, names);
    const proofs = tests.filter((test) =>
      test.annotations.some((annotation) => refersTo(annotation.text, text)),
    );
    return parts === undefined ? [] : [{ ...parts, reason: reasons.get(text), tests: proofs }];
  });
  return {
    demands: demands.toSorted(
      (one, other) =>
        names.indexOf(one.specification) - names.indexOf(other.specification) ||
        compareSections(one.sections, other.sections),
    ),
    faults: [
      ...annotations.flatMap((annotation) => faultsOf(annotation, { names, stated, tests })),
      ...[...reasons.keys()]
        .filter((demand) => partsOf(demand, names) === undefined)
        .map((demand) => `specifications.ts: ${MALFORMED}: ${demand}`),
      ...tests
        .filter(({ path, annotations: own }) => path.startsWith(NEGATIVE_SUITE) && own.length === 0)
        .map(({ path, title }) => `${path}: no annotation says what "${title}" proves`),
    ],
  };
}

const MALFORMED = 'neither a demand of a known specification nor a reference to one';

const isReference = (text: string): boolean => text.endsWith('…');

const refersTo = (text: string, demand: string): boolean =>
  isReference(text) ? demand.startsWith(text.slice(0, -1).trimEnd()) : demand === text;

function partsOf(
  text: string,
  names: readonly string[],
): Pick<Demand, 'specification' | 'sections' | 'sentence'> | undefined {
  const specification = names.find((name) => text.startsWith(`${name} `));
  if (specification === undefined) return undefined;
  const [, sections, sentence] =
    /^((?:§|Appendix ).*?): (.+[.…])$/.exec(text.slice(specification.length + 1)) ?? [];
  return sections === undefined || sentence === undefined
    ? undefined
    : { specification, sections, sentence };
}

type FaultContext = {
  readonly names: readonly string[];
  readonly stated: readonly string[];
  readonly tests: readonly AnnotatedTest[];
};

function faultsOf(
  annotation: Annotation,
  { names, stated, tests }: FaultContext,
): readonly string[] {
  const { path, line, text } = annotation;
  const meant = stated.filter((demand) => refersTo(text, demand));
  const faults = [
    partsOf(text, names) === undefined && MALFORMED,
    meant.length === 0 && 'no demand begins with these words',
    meant.length > 1 && (isReference(text) ? 'several demands begin so' : 'stated more than once'),
    !tests.some(({ annotations }) => annotations.includes(annotation)) && 'no test proves it',
  ];
  return faults.flatMap((fault) => (fault === false ? [] : `${path}:${line}: ${fault}: ${text}`));
}

/** Compares number by number, so that §4.2 comes before §4.10 and §2.1 before §2.1.1. */
function compareSections(one: string, other: string): number {
  const [left, right] = [numbersOf(one), numbersOf(other)];
  const at = left.findIndex((number, index) => number !== right[index]);
  if (at === -1) return left.length - right.length;
  return (left[at] ?? 0) - (right[at] ?? -1);
}

/**
 * Appends a zero to each section, so that `§2.1, §4.7` comes before `§2.1.1`. Appendices come last.
 */
const numbersOf = (sections: string): readonly number[] =>
  sections
    .split(', ')
    .flatMap((part) => [...(part.match(/\d+/g) ?? [Number.MAX_VALUE]).map(Number), 0]);
