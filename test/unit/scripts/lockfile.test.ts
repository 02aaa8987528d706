import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { missingEntries } from '../../../scripts/lockfile.ts';

describe('package-lock.json', () => {
  it('has an entry for every platform’s optional package, so that npm ci takes it', () => {
    const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    expect(missingEntries(lockfile)).toEqual({});
  });

  it('is completed by what the names say', () => {
    const optionalDependencies = { '@a/b-windows-64': '1.0.0', '@a/c-linux-arm64-musl': '2.0.0' };
    expect(
      missingEntries({ packages: { 'node_modules/p': { dev: true, optionalDependencies } } }),
    ).toEqual({
      'node_modules/@a/b-windows-64': {
        version: '1.0.0',
        cpu: ['x64'],
        dev: true,
        optional: true,
        os: ['win32'],
      },
      'node_modules/@a/c-linux-arm64-musl': {
        version: '2.0.0',
        cpu: ['arm64'],
        dev: true,
        optional: true,
        os: ['linux'],
      },
    });
  });
});
