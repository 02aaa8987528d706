import type { Actor } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Party } from './party.ts';

/**
 * Reads `act` and `may_act` (RFC 8693 §4.1, §4.4).
 *
 * @returns The claim that has another shape than the RFC gives it, if one has.
 */
export function actorClaims(
  claims: JsonObject,
): Result<Pick<Party, 'actor' | 'mayAct'>, 'act' | 'may_act'> {
  const { act, may_act: mayAct } = claims;
  const actor = act === undefined ? null : readActor(act);
  if (actor === undefined) return err('act');
  if (mayAct !== undefined && !isJsonObject(mayAct)) return err('may_act');
  return ok({ actor, mayAct: mayAct ?? null });
}

function readActor(value: unknown): Actor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { sub, act, ...others } = value;
  if (typeof sub !== 'string') return undefined;
  if (act === undefined) return { ...others, sub };
  const before = readActor(act);
  return before && { ...others, sub, act: before };
}
