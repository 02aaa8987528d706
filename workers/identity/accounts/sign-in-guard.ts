/**
 * How `identity` asks whether a password may be tried. What counts the attempts and locks is one
 * Durable Object for each identifier: `durable-objects/sign-in-guard`, whose `SPEC.md` has the
 * rules.
 *
 * @module
 */

import type {
  Admission,
  Refusal,
  Source,
} from '../../../durable-objects/sign-in-guard/sign-in-guard.ts';
import { toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { DeviceInfo } from '../../../shared/contracts/identity/user-sessions.ts';
import { networkPrefix } from '../../../shared/http/ip-address.ts';
import { ok, type Result } from '../../../shared/result.ts';

export type SignInAttempt = {
  /** The normalised e-mail, whether an account has it or not. */
  readonly identifier: string;
  readonly ipAddress: string;
  readonly device: DeviceInfo;
};

/** An attempt that was admitted. It counts as a failure until it succeeds. */
export interface AdmittedAttempt {
  succeed(): Promise<void>;
  /** Tells that the password was wrong, so that others need not wait for the outcome. */
  fail(): Promise<void>;
  /** Takes the attempt back, because its password could not be checked. */
  withdraw(): Promise<void>;
}

export interface SignInGuards {
  admit(attempt: SignInAttempt): Promise<Result<AdmittedAttempt, Refusal>>;
  /** Returns once a guard object has answered. Stores nothing. */
  ping(): Promise<void>;
}

/** What `SignInGuardObject` does, by RPC. */
export interface SignInGuard {
  admit(source: Source): Promise<Result<Admission, Refusal>>;
  succeed(source: Source): Promise<void>;
  fail(admission: Admission): Promise<void>;
  withdraw(admission: Admission): Promise<void>;
}

/** {@link SignInGuards} over one object for each identifier, which sees only keyed hashes. */
export class ObjectSignInGuards implements SignInGuards {
  readonly #keyedHash: () => Promise<KeyedHash>;
  readonly #guard: (name: string) => SignInGuard;

  constructor(keyedHash: () => Promise<KeyedHash>, guard: (name: string) => SignInGuard) {
    this.#keyedHash = keyedHash;
    this.#guard = guard;
  }

  async admit({
    identifier,
    ipAddress,
    device,
  }: SignInAttempt): Promise<Result<AdmittedAttempt, Refusal>> {
    const hash = await this.#keyedHash();
    const deviceId = device.fingerprint ?? device.installationId;
    const source = {
      networkHash: await hash('network', networkPrefix(ipAddress)),
      deviceHash: deviceId === undefined ? null : await hash('device', deviceId),
    };
    const guard = this.#guard(await hash('identifier', identifier));
    const admitted = await guard.admit(source);
    if (!admitted.ok) return admitted;
    return ok({
      succeed: () => guard.succeed(source),
      fail: () => guard.fail(admitted.value),
      withdraw: () => guard.withdraw(admitted.value),
    });
  }

  async ping(): Promise<void> {
    // No hash has this text, so no guard that stores something has this name.
    await this.#guard('health').withdraw({ attempt: 0 });
  }
}

/** What is hashed. Equal texts of different kinds have different hashes. */
export type HashedKind = 'identifier' | 'network' | 'device';

type KeyedHash = (kind: HashedKind, text: string) => Promise<string>;

const HMAC = { name: 'HMAC', hash: 'SHA-256', length: 256 };

/**
 * A keyed hash for names that must not tell whom they name: object names are logged.
 *
 * @param secret 32 random bytes. The key is derived from it for this purpose alone (RFC 5869).
 */
export async function importKeyedHash(secret: Uint8Array<ArrayBuffer>): Promise<KeyedHash> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = utf8('sallyport sign-in guard v1');
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  const key = await crypto.subtle.deriveKey(derivation, root, HMAC, false, ['sign']);
  return async (kind, text) => {
    const signature = await crypto.subtle.sign('HMAC', key, utf8(`${kind}\0${text}`));
    return toBase64Url(new Uint8Array(signature));
  };
}
