import * as z from 'zod';

import { type Clock, type Millis, seconds } from '../../shared/clock.ts';
import type { SignJwtRequest } from '../../shared/contracts/keys-rpc.ts';
import { signCompact } from './jws.ts';
import type { Signer } from './signer.ts';

const Request = z.strictObject({
  typ: z.enum(['at+jwt', 'JWT']),
  claims: z.record(z.string(), z.unknown()),
});

/**
 * Nothing was signed. Callers answer `TOKEN_KMS_ERROR`.
 *
 * Its own properties survive RPC, but only while all of them can be cloned. So it has no `cause`,
 * which may be anything: one that cannot be cloned would take `code` with it.
 */
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

/** @throws {SigningFailed} For whatever reason nothing was signed. The message says which. */
export async function signJwt(
  { signer, clock, retention }: SignJwtDeps,
  request: SignJwtRequest,
): Promise<string> {
  try {
    const { typ, claims } = parse(request);
    assertKeyOutlives(claims['exp'], clock() + retention);
    return await signCompact(await signer.key(), typ, claims);
  } catch (error) {
    // Without `cause`: see SigningFailed.
    throw new SigningFailed(`Cannot sign: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}

function parse(request: SignJwtRequest): SignJwtRequest {
  const parsed = Request.safeParse(request);
  if (parsed.success) return parsed.data;
  throw new TypeError(`the request is not valid: ${z.prettifyError(parsed.error)}`);
}

function assertKeyOutlives(exp: unknown, limit: Millis): void {
  if (typeof exp === 'number' && seconds(exp) > limit) {
    throw new RangeError('the token would outlive its key; raise LONGEST_TOKEN_SECONDS');
  }
}
