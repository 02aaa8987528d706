import { type Clock, type Millis, seconds } from '../../shared/clock.ts';
import type { SignJwtRequest } from '../../shared/contracts/keys/keys-rpc.ts';
import { signCompact } from './jws.ts';
import type { PerAlgorithm } from './per-algorithm.ts';
import { checkRequest } from './sign-request.ts';
import type { Signer } from './signer.ts';

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
  readonly signers: PerAlgorithm<Pick<Signer, 'key'>>;
  readonly clock: Clock;
  /** How long a replaced key verifies. A token that lives longer would outlive its key. */
  readonly retention: Millis;
};

/** @throws {SigningFailed} For whatever reason nothing was signed. The message says which. */
export async function signJwt(
  { signers, clock, retention }: SignJwtDeps,
  request: SignJwtRequest,
): Promise<string> {
  try {
    const { typ, alg, claims } = checkRequest(request);
    assertKeyOutlives(claims['exp'], clock() + retention);
    return await signCompact(await signers[alg].key(), typ, claims);
  } catch (error) {
    // Without `cause`: see SigningFailed.
    throw new SigningFailed(`Cannot sign: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}

function assertKeyOutlives(exp: unknown, limit: Millis): void {
  if (typeof exp === 'number' && seconds(exp) > limit) {
    throw new RangeError('the token would outlive its key; raise LONGEST_TOKEN_SECONDS');
  }
}
