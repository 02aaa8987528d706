import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { limitGuesses } from '../../../../shared/rate-limits/limit-guesses.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { RequestContext } from '../../../kit/request.ts';
import type { AdmittedAttempt, SignInGuards } from '../../accounts/sign-in-guard.ts';
import {
  type DeviceRequestsNeeds,
  type FoundDevice,
  findDevice,
  parseUserCode,
} from '../../oauth/backchannel/device-requests.ts';
import type { Client } from '../../oauth/clients/client.ts';
import type { ClientDirectory } from '../../oauth/clients/client-directory.ts';
import { networkIn, type RateLimits } from '../../platform/rate-limits.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import type { Viewer } from '../kit/viewer.ts';

export type EnteredCodeNeeds = DeviceRequestsNeeds & {
  readonly rateLimits: Pick<RateLimits, 'codeFailures'>;
  readonly guards: SignInGuards;
  readonly clients: Pick<ClientDirectory, 'find'>;
};

export type EnteredDevice = FoundDevice & { readonly client: Client };

export type CodeRefusal =
  | { readonly reason: 'unknown' }
  /** Too many codes were wrong. `retryAfter` is in seconds. */
  | { readonly reason: 'locked'; readonly retryAfter: number };

/**
 * Finds the device that shows a code. A wrong code counts as a failed attempt of this account from this
 * network, as a wrong password does. A right one does not clear the failures before it: otherwise a user
 * with a device of their own could guess for ever (RFC 8628 §5.1).
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`; `RATE_LIMITED` if too many wrong codes came from this
 *   address, over all accounts.
 */
export function findEnteredDevice(
  c: RequestContext<EnteredCodeNeeds>,
  viewer: Viewer,
  text: string,
): Promise<Result<EnteredDevice, CodeRefusal>> {
  const { rateLimits, clock } = c.var.services;
  return limitGuesses(rateLimits.codeFailures, networkIn(c.req.raw.headers), clock(), () =>
    findGuarded(c, viewer, text),
  );
}

async function findGuarded(
  c: RequestContext<EnteredCodeNeeds>,
  { account }: Viewer,
  text: string,
): Promise<Result<EnteredDevice, CodeRefusal>> {
  const { services } = c.var;
  const { ipAddress } = requestOrigin(c.req.raw.headers);
  const attempt = { identifier: `user codes of ${account.id}`, ipAddress, device: {} };
  const admitted = await orUnavailable('the sign-in guard', () => services.guards.admit(attempt));
  if (!admitted.ok) {
    const { reason, retryAfterSeconds } = admitted.error;
    const event = { event: 'device.guesses_refused', level: 'security', reason } as const;
    c.var.log({ ...event, accountId: account.id });
    return err({ reason: 'locked', retryAfter: retryAfterSeconds });
  }
  const found = await lookUpOrWithdraw(c, text, admitted.value);
  if (found === undefined) return err({ reason: 'unknown' });
  await orUnavailable('the sign-in guard', () => admitted.value.withdraw());
  return ok(found);
}

/** Takes the attempt back where the lookup fails: that is no failed attempt of the user's. */
async function lookUpOrWithdraw(
  c: RequestContext<EnteredCodeNeeds>,
  text: string,
  attempt: AdmittedAttempt,
): Promise<EnteredDevice | undefined> {
  try {
    return await lookUp(c, text);
  } catch (error) {
    await attempt.withdraw().catch((cause: unknown) => {
      c.var.log({ event: 'device.withdraw_failed', level: 'warn', cause: String(cause) });
    });
    throw error;
  }
}

async function lookUp(
  c: RequestContext<EnteredCodeNeeds>,
  text: string,
): Promise<EnteredDevice | undefined> {
  const { services } = c.var;
  const userCode = parseUserCode(text);
  if (userCode === undefined) return undefined;
  const found = await orUnavailable('the requests', async () => findDevice(userCode, services));
  const client = found && (await services.clients.find(found.request.clientId));
  return client && { ...found, client };
}
