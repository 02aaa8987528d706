/**
 * Reads the tests of a file, each with its annotations, which are `@demands` in a comment above the test
 * or, where there is none, above the nearest `describe` around it.
 *
 * @module
 */

import { type ESTree, parseSync, Visitor } from 'vite';

export type Annotation = { readonly path: string; readonly line: number; readonly text: string };

export type AnnotatedTest = {
  readonly path: string;
  readonly title: string;
  readonly annotations: readonly Annotation[];
};

export type TestFile = {
  readonly tests: readonly AnnotatedTest[];
  /** All annotations of the file, including those that are not above a test. */
  readonly annotations: readonly Annotation[];
};

/** @throws {Error} If the file cannot be parsed. */
export function readTestFile(path: string, source: string): TestFile {
  const { program, comments, errors } = parseSync(path, source);
  if (errors[0] !== undefined) throw new Error(`Cannot read ${path}: ${errors[0].message}`);
  const annotationsAt = new Map(
    comments.map(({ value, start, end }) => {
      const line = source.slice(0, start).split('\n').length;
      const annotations = demandsIn(value).map((text) => ({ path, line, text }));
      return [nextCode(source, end), annotations];
    }),
  );
  const tests: AnnotatedTest[] = [];
  /** The annotations of each `describe` around the current node. */
  const around: (readonly Annotation[])[] = [];
  const holdingFor = ({ start }: Call): readonly Annotation[] => {
    const own = annotationsAt.get(start) ?? [];
    return own.length > 0 ? own : (around.at(-1) ?? []);
  };
  new Visitor({
    CallExpression(call) {
      const called = nameOf(call);
      if (called === 'describe') around.push(holdingFor(call));
      if (called === 'it' || called === 'test') {
        tests.push({ path, title: titleOf(call, source), annotations: holdingFor(call) });
      }
    },
    'CallExpression:exit'(call) {
      if (nameOf(call) === 'describe') around.pop();
    },
  }).visit(program);
  return { tests, annotations: [...annotationsAt.values()].flat() };
}

/** The texts after each `@demands` of a comment, without its line breaks. */
const demandsIn = (comment: string): string[] =>
  comment
    .replaceAll(/^\s*\* ?/gm, ' ')
    .split('@demands ')
    .slice(1)
    .map((text) => text.trim().replaceAll(/\s+/g, ' '));

/** The offset of the code below a comment. */
const nextCode = (source: string, end: number): number => end + source.slice(end).search(/\S|$/);

type Call = ESTree.CallExpression;

/** Returns `it` for `it(…)`, `it.each(…)(…)` and `it.for(…)(…)`, which are calls with a function. */
function nameOf({ callee, arguments: passed }: Call): string | undefined {
  const isComplete = passed.some(({ type }) => FUNCTIONS.includes(type));
  return isComplete ? rootOf(callee) : undefined;
}

const FUNCTIONS: readonly string[] = ['ArrowFunctionExpression', 'FunctionExpression'];

function rootOf(callee: ESTree.Node): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'CallExpression') return rootOf(callee.callee);
  return callee.type === 'MemberExpression' ? rootOf(callee.object) : undefined;
}

/** Returns the source text of a title that is computed. */
function titleOf({ arguments: [title] }: Call, source: string): string {
  if (title?.type === 'Literal' && typeof title.value === 'string') return title.value;
  return source.slice(title?.start, title?.end);
}
