import wasm from '@phi-ag/argon2/argon2.wasm';

import { argon2id, type PasswordHashing } from './argon2.ts';

let hashing: PasswordHashing | undefined;

/** The one instance of the isolate. Its memory grows with the first hash and never shrinks. */
export function isolateHashing(): PasswordHashing {
  hashing ??= argon2id(new WebAssembly.Instance(wasm));
  return hashing;
}
