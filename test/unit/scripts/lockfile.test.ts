import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { LOCKFILES, missingEntries, normalised } from '../../../scripts/lockfile.ts';

const packagesOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')).packages;

describe.each(LOCKFILES)('%s', (file) => {
  it('is unchanged by `npm run lockfile`', () => {
    expect(normalised(packagesOf(file))).toEqual(packagesOf(file));
  });
});

describe('lockfile', () => {
  it('is listed for every package.json that has one', () => {
    expect([...globSync('package-lock.json'), ...globSync('*/package-lock.json')]).toEqual(
      LOCKFILES,
    );
  });

  it('is completed by the platforms in the names', () => {
    const optionalDependencies = { '@a/b-windows-64': '1.0.0', '@a/c-linux-arm64-musl': '2.0.0' };
    expect(missingEntries({ 'node_modules/p': { dev: true, optionalDependencies } })).toEqual({
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
        libc: ['musl'],
        optional: true,
        os: ['linux'],
      },
    });
  });

  it('does not contain the registries of packages', () => {
    const resolved = 'https://registry.example.test/p/-/p-1.0.0.tgz';
    const packages = { 'node_modules/p': { version: '1.0.0', resolved, integrity: 'sha512-x' } };
    expect(normalised(packages)).toEqual({
      'node_modules/p': { version: '1.0.0', integrity: 'sha512-x' },
    });
  });
});
