import { argon2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { describe, expect, it } from 'vitest';

import { argon2id } from '../../workers/identity/accounts/argon2.ts';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@phi-ag/argon2/argon2.wasm'));
const module = new WebAssembly.Module(wasm);
const hashing = argon2id(new WebAssembly.Instance(module));
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** The PHC string of Node's Argon2 with the same salt. */
function independently(password: string, phc: string): string {
  const [, , , , salt = ''] = phc.split('$');
  const tag = argon2Sync('argon2id', {
    message: Buffer.from(password, 'utf8'),
    nonce: Buffer.from(salt, 'base64'),
    memory: 19_456,
    passes: 2,
    parallelism: 1,
    tagLength: 32,
  });
  return `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${base64(tag)}`;
}

describe('argon2id', () => {
  it.each(['correct horse', 'Zoë Σίσυφος', '🐎🔋📎🐎🔋📎', 'nul\u0000nul'])(
    'hashes every byte of %j as an independent implementation does',
    (password) => {
      const phc = hashing.hash(password);
      expect(phc).toBe(independently(password, phc));
      expect(hashing.verify(phc, password)).toBe(true);
    },
  );

  it('distinguishes passwords that differ in the last character, beyond ASCII', () => {
    const phc = hashing.hash('🐎🔋📎🐎🔋📎🐎🔋');
    expect(hashing.verify(phc, '🐎🔋📎🐎🔋📎🐎📎')).toBe(false);
    expect(hashing.verify(phc, '🐎🔋📎🐎')).toBe(false);
  });

  it('normalizes composed letters (RFC 8265 §4.2.2)', () => {
    expect(hashing.verify(hashing.hash('caf\u00e9 noir'), 'cafe\u0301 noir')).toBe(true);
  });

  it('uses a new salt for every hash', () => {
    expect(hashing.hash('correct horse')).not.toBe(hashing.hash('correct horse'));
  });

  it('verifies hashes with other parameters, and reports them as outdated', () => {
    const older = argon2id(new WebAssembly.Instance(module), { memory: 64, passes: 1, lanes: 1 });
    const phc = older.hash('correct horse');
    expect(hashing.isOutdated(phc)).toBe(true);
    expect(hashing.verify(phc, 'correct horse')).toBe(true);
    expect(hashing.isOutdated(hashing.hash('correct horse'))).toBe(false);
  });

  it('refuses every password for the decoy, with the work of a real hash', () => {
    expect(hashing.isOutdated(hashing.decoy)).toBe(false);
    expect(hashing.verify(hashing.decoy, '')).toBe(false);
    expect(independently('x', hashing.decoy).length).toBe(hashing.decoy.length);
  });

  it.each(['', '$argon2id$', '$2b$12$abc', 'plain'])('refuses every password for %j', (phc) => {
    expect(hashing.verify(phc, 'correct horse')).toBe(false);
  });
});
