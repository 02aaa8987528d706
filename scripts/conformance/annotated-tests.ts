/**
 * Reads the tests of a file, each with the annotations that hold for it: `@demands` in a comment above
 * the test or, where there is none, above the nearest `describe` around it.
 *
 * @module
 */

import { type ESTree, parseSync } from 'vite';

export type Annotation = { readonly path: string; readonly line: number; readonly text: string };

export type AnnotatedTest = {
  readonly path: string;
  readonly title: string;
  readonly annotations: readonly Annotation[];
};

export type TestFile = {
  readonly tests: readonly AnnotatedTest[];
  /** All of the file, those that stand above no test too. */
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
  return {
    tests: [...testsIn(program.body, { path, source, annotationsAt, inherited: [] })],
    annotations: [...annotationsAt.values()].flat(),
  };
}

/** The texts after each `@demands` of a comment, without its line breaks. */
const demandsIn = (comment: string): string[] =>
  comment
    .replaceAll(/^\s*\* ?/gm, ' ')
    .split('@demands ')
    .slice(1)
    .map((text) => text.trim().replaceAll(/\s+/g, ' '));

/** Where the code begins that a comment stands above. */
const nextCode = (source: string, end: number): number => end + source.slice(end).search(/\S|$/);

type Scope = {
  readonly path: string;
  readonly source: string;
  readonly annotationsAt: ReadonlyMap<number, readonly Annotation[]>;
  readonly inherited: readonly Annotation[];
};

function* testsIn(statements: readonly ESTree.Node[], scope: Scope): Generator<AnnotatedTest> {
  for (const statement of statements) {
    if (statement.type !== 'ExpressionStatement') continue;
    const { expression } = statement;
    if (expression.type !== 'CallExpression') continue;
    const own = scope.annotationsAt.get(statement.start) ?? [];
    const annotations = own.length > 0 ? own : scope.inherited;
    const called = nameOf(expression.callee);
    if (called === 'describe') {
      yield* testsIn(bodyOf(expression), { ...scope, inherited: annotations });
    } else if (called === 'it' || called === 'test') {
      yield { path: scope.path, title: titleOf(expression, scope.source), annotations };
    }
  }
}

/** `it` of `it(…)`, of `it.each(…)(…)` and of `it.for(…)(…)`. */
function nameOf(callee: ESTree.Node): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'CallExpression') return nameOf(callee.callee);
  return callee.type === 'MemberExpression' ? nameOf(callee.object) : undefined;
}

/** A title that is computed is given as it is written. */
function titleOf({ arguments: [title] }: ESTree.CallExpression, source: string): string {
  if (title?.type === 'Literal' && typeof title.value === 'string') return title.value;
  return source.slice(title?.start, title?.end);
}

function bodyOf({ arguments: passed }: ESTree.CallExpression): readonly ESTree.Node[] {
  const suite = passed.find((argument) => argument.type === 'ArrowFunctionExpression');
  return suite?.body.type === 'BlockStatement' ? suite.body.body : [];
}
