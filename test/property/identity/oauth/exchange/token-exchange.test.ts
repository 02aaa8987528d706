import { array, assert, constantFrom, option, property, record, uniqueArray } from 'fast-check';
import { expect, it } from 'vitest';

import type { Actor } from '../../../../../shared/contracts/identity/oauth-terms.ts';
import { RESERVED_SCOPES } from '../../../../../workers/identity/oauth/clients/scopes.ts';
import { actorOf, MOST_ACTORS } from '../../../../../workers/identity/oauth/exchange/acting.ts';
import { exchangedScopes } from '../../../../../workers/identity/oauth/exchange/token-exchange.ts';
import { OAuthError } from '../../../../../workers/identity/platform/oauth-error.ts';

const names = constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const scope = constantFrom('openid', 'read', 'write', 'admin', ...RESERVED_SCOPES);
const scopes = uniqueArray(scope);

/** Who acts, newest first. */
const chainOf = (actor: Actor | null): readonly string[] =>
  actor === null ? [] : [actor.sub, ...chainOf(actor.act ?? null)];

/** One exchange: who asks, and with whose actor token. */
const step = record({ clientId: names, actor: option(names) });

it('a chain of actors keeps each of them in order, and has at most four', () => {
  assert(
    property(names, array(step, { maxLength: 12 }), (owner, steps) => {
      let token: { clientId: string; actor: Actor | null } = { clientId: owner, actor: null };
      for (const { clientId, actor } of steps) {
        const before = chainOf(token.actor);
        const party = actor === null ? null : { subject: actor, clientId: actor, actor: null };
        const subject = { ...token, mayAct: null };
        const made = actorOf({ subject, actor: party, clientId, issuer: 'https://id.example' });
        const isKept = actor === null && clientId === token.clientId;
        const after = isKept ? before : [actor ?? clientId, ...before];
        expect(made.ok).toBe(after.length <= MOST_ACTORS);
        if (!made.ok) continue;
        expect(chainOf(made.value)).toEqual(after);
        token = { clientId, actor: made.value };
      }
      // Whoever holds the token is in it, unless they are whom it was issued to.
      expect(token.clientId === owner || token.actor !== null).toBe(true);
    }),
  );
});

it('scopes never grow over any number of exchanges', () => {
  const requested = option(array(scope, { minLength: 1 }), { nil: undefined });
  const exchange = record({ client: option(scopes), requested });
  assert(
    property(scopes, array(exchange, { maxLength: 6 }), (granted, exchanges) => {
      let held: readonly string[] = granted;
      for (const { client, requested: wanted } of exchanges) {
        const allowed = held.filter((one) =>
          client === null ? !RESERVED_SCOPES.includes(one) : client.includes(one),
        );
        try {
          const got = exchangedScopes(held, { scopes: client }, wanted?.join(' '));
          expect(new Set(got)).toEqual(new Set(wanted ?? allowed));
          expect(got.every((one) => allowed.includes(one))).toBe(true);
          held = got;
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error;
          expect(error.code).toBe('invalid_scope');
          expect(wanted?.some((one) => !allowed.includes(one))).toBe(true);
        }
      }
      expect(held.every((one) => granted.includes(one))).toBe(true);
    }),
  );
});
