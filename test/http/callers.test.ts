/** Which Workers may call which methods of the others: S11 of SECURITY.md. */
import { createExecutionContext } from 'cloudflare:test';
import { describe, it } from 'vitest';
import { ConnectEntrypoint } from '../../workers/connect/entrypoint.ts';
import { IdentityEntrypoint } from '../../workers/identity/entrypoint.ts';
import { KeysEntrypoint } from '../../workers/keys/entrypoint.ts';

/** The callers of each method. Whoever adds a method says here who may call it. */
const ENTRYPOINTS = [
  {
    name: 'identity',
    entrypoint: IdentityEntrypoint,
    callers: {
      accountOf: ['connect'],
      accountState: ['identity'],
      apiPage: ['edge'],
      checkSession: ['edge', 'connect'],
      describe: ['edge', 'connect'],
      dpopNonces: ['edge'],
      health: ['edge', 'connect'],
      isAdministrator: ['connect', 'keys'],
      logoutRelyingParties: ['identity'],
      revocations: ['edge'],
      takenAudiences: ['connect'],
      useDpopProof: ['edge'],
    },
  },
  {
    name: 'connect',
    entrypoint: ConnectEntrypoint,
    callers: {
      describe: ['edge'],
      health: ['edge'],
      isServiceAudience: ['identity'],
      rolesChanged: ['identity'],
      sendEvent: ['identity'],
      sessionsEnded: ['identity'],
    },
  },
  {
    name: 'keys',
    entrypoint: KeysEntrypoint,
    callers: {
      describe: ['edge'],
      health: ['edge', 'identity', 'connect'],
      jwks: ['edge', 'identity', 'connect'],
      signJwt: ['identity'],
    },
  },
] as const;

const CALLERS = ['edge', 'identity', 'connect', 'keys', 'somebody', ''];

/** The code with which a call fails, or `undefined`. */
async function refusal(method: unknown, self: object): Promise<unknown> {
  try {
    await Reflect.apply(method as () => unknown, self, [{}]);
    return undefined;
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

describe.each(ENTRYPOINTS)('the methods of $name', ({ entrypoint, callers }) => {
  it('are those of this list', ({ expect }) => {
    const methods = Object.getOwnPropertyNames(entrypoint.prototype).toSorted();
    expect(methods).toEqual(['constructor', ...Object.keys(callers)].toSorted());
  });

  it.for(Object.entries(callers))(
    '%s refuses every caller but those on its list',
    async ([name, allowed], { expect }) => {
      const refused: string[] = [];
      for (const caller of CALLERS) {
        const props = caller === '' ? {} : { caller };
        const context = Object.assign(createExecutionContext(), { props });
        // Without bindings, whoever is allowed comes no further than to the first of them.
        const self = Reflect.construct(entrypoint, [context, {}]) as object;
        const code = await refusal(Reflect.get(self, name), self);
        if (code === 'CALLER_FORBIDDEN') refused.push(caller);
      }
      expect(refused).toEqual(CALLERS.filter((caller) => !(allowed as string[]).includes(caller)));
    },
  );
});
