/**
 * Who acts for whom in an exchanged token: pure rules.
 *
 * Tokens are delegated, and nobody is impersonated (RFC 8693 §1.1): a token that passes from one client to
 * another names the one that received it as its actor. That is the client that exchanges the token, unless
 * an actor token names somebody else. A client that exchanges its own token is no new actor.
 *
 * @module
 */

import type { Actor } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Party } from './party.ts';

/** The longest chain of actors. */
export const MOST_ACTORS = 4;

export type Acting = {
  readonly subject: Pick<Party, 'clientId' | 'actor' | 'mayAct'>;
  /** Of the actor token, if there is one. */
  readonly actor: Pick<Party, 'subject' | 'clientId' | 'actor'> | null;
  /** The client that exchanges. */
  readonly clientId: string;
  readonly issuer: string;
};

export type ActingFault = 'actor_is_delegated' | 'may_not_act' | 'too_many_actors';

/** The `act` of the new token, with the newest actor outermost (RFC 8693 §4.1). `null` where nobody acts. */
export function actorOf(acting: Acting): Result<Actor | null, ActingFault> {
  const { subject, actor, clientId } = acting;
  // Its subject does not act: the actor that it names does, on the subject's behalf.
  if (actor !== null && actor.actor !== null) return err('actor_is_delegated');
  if (!mayAct(acting)) return err('may_not_act');
  if (actor === null && clientId === subject.clientId) return ok(subject.actor);
  const newest: Actor = { sub: actor?.subject ?? clientId };
  const chain = subject.actor === null ? newest : { ...newest, act: subject.actor };
  return lengthOf(chain) > MOST_ACTORS ? err('too_many_actors') : ok(chain);
}

/** Each member must match the actor, so a member that we do not know lets nobody act (RFC 8693 §4.4). */
function mayAct({ subject, actor, clientId, issuer }: Acting): boolean {
  if (subject.mayAct === null) return true;
  const own: JsonObject = {
    iss: issuer,
    sub: actor?.subject ?? clientId,
    client_id: actor?.clientId ?? clientId,
  };
  const demands = Object.entries(subject.mayAct);
  const namesSomebody = demands.some(([name]) => name === 'sub' || name === 'client_id');
  return namesSomebody && demands.every(([name, value]) => own[name] === value);
}

const lengthOf = ({ act }: Actor): number => 1 + (act === undefined ? 0 : lengthOf(act));
