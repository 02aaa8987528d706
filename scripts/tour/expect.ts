import { isObject, type Reply } from './client.ts';

/** Something did not come back as the tour promises. */
export class Surprise extends Error {
  override readonly name = 'Surprise';
}

/** @throws {Surprise} With the problem's code, if the status is another. */
export function expectStatus(reply: Reply, ...expected: readonly number[]): Reply {
  if (expected.includes(reply.status)) return reply;
  const { code = '', detail = '' } = reply.json ?? {};
  throw new Surprise(
    `expected ${expected.join(' or ')}, got ${reply.status} ${String(code)} ${String(detail)}`,
  );
}

/** @throws {Surprise} Naming what was expected. */
export function expectThat(holds: boolean, expected: string): void {
  if (!holds) throw new Surprise(`expected ${expected}`);
}

/** @throws {Surprise} If the reply has no such text. */
export function textOf({ json }: Reply, name: string): string {
  const value = json?.[name];
  if (typeof value !== 'string') throw new Surprise(`expected "${name}" in the answer`);
  return value;
}

/** @throws {Surprise} If the reply has no such list of objects. */
export function listOf(
  json: Readonly<Record<string, unknown>> | undefined,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const value = json?.[name];
  if (!Array.isArray(value)) throw new Surprise(`expected a list "${name}" in the answer`);
  return value.filter(isObject);
}
