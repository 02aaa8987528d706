/**
 * Argon2id (RFC 9106) in PHC string format, over a WebAssembly instance that the caller loaded.
 *
 * Runs wherever WebAssembly does: the Worker loads its module statically, a script reads the file.
 *
 * @module
 */

import Argon2, { Argon2Type, Argon2Version } from '@phi-ag/argon2';

import { utf8 } from '../../../shared/bytes.ts';

export type Argon2Parameters = {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
};

export interface PasswordHashing {
  /** Returns a PHC string with a fresh salt. Blocks for tens of milliseconds. */
  hash(password: string): string;
  /** Whether `phc` was made of `password`, in time that does not depend on where they differ. */
  verify(phc: string, password: string): boolean;
  /** Whether `phc` was made with other parameters than {@link hash} uses now. */
  isOutdated(phc: string): boolean;
  /**
   * A hash, with the present parameters, of no password that anybody knows: checking against it
   * costs an unknown account the same work as a wrong password.
   */
  readonly decoy: string;
}

/** The least that OWASP's Password Storage Cheat Sheet asks for. */
const ARGON2_PARAMETERS: Argon2Parameters = { memory: 19_456, passes: 2, lanes: 1 };

const HASH_BYTES = 32;

/** @param instance - Of `@phi-ag/argon2/argon2.wasm`, used by this hashing alone. */
export function argon2id(
  instance: WebAssembly.Instance,
  parameters: Argon2Parameters = ARGON2_PARAMETERS,
): PasswordHashing {
  const argon2 = new Argon2(instance);
  const { memory, passes, lanes } = parameters;
  const prefix = `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$`;
  return {
    hash: (password) =>
      argon2.hash(prepare(password), {
        type: Argon2Type.Argon2id,
        version: Argon2Version.Version13,
        memoryCost: memory,
        timeCost: passes,
        parallelism: lanes,
        hashLength: HASH_BYTES,
      }).encoded,
    verify: (phc, password) => argon2.tryVerify(phc, prepare(password)).success,
    isOutdated: (phc) => !phc.startsWith(prefix),
    decoy: prefix + DECOY_SALT_AND_HASH,
  };
}

/** 16 and 32 zero bytes in unpadded base64: no known password has this hash. */
const DECOY_SALT_AND_HASH = `${'A'.repeat(22)}$${'A'.repeat(43)}`;

/**
 * Composed (RFC 8265 §4.2.2), so that it does not matter how a keyboard spells a letter.
 *
 * The library reads as many UTF-8 bytes as the string has UTF-16 units, which would cut off the end
 * of any password that is not ASCII. One NUL for each missing unit makes both numbers equal; the NULs
 * lie behind what is read.
 */
function prepare(password: string): string {
  const composed = password.normalize('NFC').toWellFormed();
  return composed + '\0'.repeat(utf8(composed).length - composed.length);
}
