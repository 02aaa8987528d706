/* oxlint-disable typescript/no-unnecessary-type-parameters -- naming the contract is the point */

/**
 * Gives a service binding the interface of its entrypoint.
 *
 * `wrangler types` types a binding to another Worker's entrypoint as an opaque `Service`. The
 * contracts in this folder say what it really is, so the assertion is made here and nowhere else.
 */
export function rpc<Contract>(binding: unknown): Contract {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place bindings get a type
  return binding as Contract;
}
