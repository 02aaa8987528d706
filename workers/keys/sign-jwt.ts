import * as z from 'zod';

import { type Clock, type Millis, seconds } from '../../shared/clock.ts';
import type { SignJwtRequest } from '../../shared/contracts/keys-rpc.ts';
import { signCompact } from './jws.ts';
import type { Signer } from './signer.ts';

const Request = z.strictObject({
  typ: z.enum(['at+jwt', 'JWT']),
  claims: z.record(z.string(), z.unknown()),
});

/** Nothing was signed. Callers answer `TOKEN_KMS_ERROR`; own properties survive RPC. */
export class SigningFailed extends Error {
  override readonly name = 'SigningFailed';
  readonly code = 'TOKEN_KMS_ERROR';
}

export type SignJwtDeps = {
  readonly signer: Signer;
  readonly clock: Clock;
  /** How long a replaced key verifies. A token that lives longer would outlive its key. */
  readonly retention: Millis;
};

/** @throws {SigningFailed} For whatever reason nothing was signed; `cause` keeps it for the log. */
export async function signJwt(
  { signer, clock, retention }: SignJwtDeps,
  request: SignJwtRequest,
): Promise<string> {
  try {
    const { typ, claims } = Request.parse(request);
    assertKeyOutlives(claims['exp'], clock() + retention);
    return await signCompact(await signer.key(), typ, claims);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new SigningFailed(`Cannot sign: ${reason}`, { cause });
  }
}

function assertKeyOutlives(exp: unknown, limit: Millis): void {
  if (typeof exp === 'number' && seconds(exp) > limit) {
    throw new RangeError('the token would outlive its key; raise LONGEST_TOKEN_SECONDS');
  }
}
