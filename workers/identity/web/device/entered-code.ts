import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { AdmittedAttempt } from '../../accounts/sign-in-guard.ts';
import type { AppEnv } from '../../context.ts';
import {
  type FoundDevice,
  findDevice,
  parseUserCode,
} from '../../oauth/backchannel/device-requests.ts';
import type { Client } from '../../oauth/clients/client.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import type { Viewer } from '../kit/viewer.ts';

export type EnteredDevice = FoundDevice & { readonly client: Client };

export type CodeRefusal =
  | { readonly reason: 'unknown' }
  /** Too many wrong codes. Seconds. */
  | { readonly reason: 'locked'; readonly retryAfter: number };

/**
 * Finds the device that shows a code. A wrong code counts as a failed guess of this account from this
 * network, as a wrong password does; a right one makes no wrong one good, or whoever has a device of
 * their own could guess for ever (RFC 8628 §5.1).
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function findEnteredDevice(
  c: Context<AppEnv>,
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
    services.log({ ...event, correlationId: c.var.correlationId, accountId: account.id });
    return err({ reason: 'locked', retryAfter: retryAfterSeconds });
  }
  const found = await lookUpOrWithdraw(c, text, admitted.value);
  if (found === undefined) return err({ reason: 'unknown' });
  await orUnavailable('the sign-in guard', () => admitted.value.withdraw());
  return ok(found);
}

/** Our failure is not the user's. */
async function lookUpOrWithdraw(
  c: Context<AppEnv>,
  text: string,
  attempt: AdmittedAttempt,
): Promise<EnteredDevice | undefined> {
  try {
    return await lookUp(c, text);
  } catch (error) {
    await attempt.withdraw().catch((cause: unknown) => {
      c.var.services.log({ event: 'device.withdraw_failed', level: 'warn', cause: String(cause) });
    });
    throw error;
  }
}

async function lookUp(c: Context<AppEnv>, text: string): Promise<EnteredDevice | undefined> {
  const { services } = c.var;
  const userCode = parseUserCode(text);
  if (userCode === undefined) return undefined;
  const found = await orUnavailable('the requests', async () => findDevice(userCode, services));
  const client = found && (await services.clients.find(found.request.clientId));
  return client && { ...found, client };
}
