/**
 * Tells which Worker is calling. Only someone who may deploy can set the `props` of a binding, so
 * our Workers need no signatures between them.
 *
 * @module
 */

export type Caller = 'edge' | 'identity' | 'keys' | 'connect';

/** The caller is not on the callee's list. */
export class CallerForbidden extends Error {
  override readonly name = 'CallerForbidden';
  readonly code = 'CALLER_FORBIDDEN';
}

/** Reads the caller from `ctx.props`, which is `{}` where the binding sets none. */
function callerOf(props: unknown): string | undefined {
  if (typeof props !== 'object' || props === null || !('caller' in props)) return undefined;
  return typeof props.caller === 'string' ? props.caller : undefined;
}

/**
 * Refuses a caller that is not listed.
 *
 * @throws {CallerForbidden} If `props` name nobody, or somebody else.
 */
export function assertCaller(props: unknown, allowed: readonly Caller[]): void {
  const caller = callerOf(props);
  if (!allowed.some((name) => name === caller)) {
    throw new CallerForbidden(`Cannot answer: caller "${caller ?? ''}" is not allowed`);
  }
}

/* oxlint-disable typescript/no-unnecessary-type-parameters -- naming the contract is the point */

/**
 * Gives a service binding the interface of its entrypoint.
 *
 * `wrangler types` types a binding to another Worker's entrypoint as an opaque `Service`. So its
 * type is asserted, here and nowhere else.
 */
export function rpc<Contract>(binding: unknown): Contract {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place bindings get a type
  return binding as Contract;
}
