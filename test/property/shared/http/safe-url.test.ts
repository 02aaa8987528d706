import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseSafeUrl } from '../../../../shared/http/safe-url.ts';

const judge = (text: string, allowLoopback = false) => {
  const parsed = parseSafeUrl(text, { allowLoopback });
  return parsed.ok ? 'safe' : parsed.error;
};

const byte = fc.integer({ min: 0, max: 255 });

/** Addresses that no stranger may send us to, as a 32 bit number. */
const privateIpv4 = fc
  .oneof(
    fc.tuple(fc.constant(0), byte, byte, byte),
    fc.tuple(fc.constant(10), byte, byte, byte),
    fc.tuple(fc.constant(127), byte, byte, byte),
    fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), byte, byte),
    fc.tuple(fc.constant(169), fc.constant(254), byte, byte),
    fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), byte, byte),
    fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
    fc.tuple(fc.constant(198), fc.integer({ min: 18, max: 19 }), byte, byte),
    fc.tuple(fc.integer({ min: 224, max: 255 }), byte, byte, byte),
  )
  .map((parts) => parts.reduce((sum, part) => sum * 256 + part, 0));

const partsOf = (address: number) => [24, 16, 8, 0].map((shift) => (address / 2 ** shift) & 255);

/** Every way in which browsers and C libraries read an IPv4 address. */
const SPELLINGS: readonly ((address: number) => string)[] = [
  (address) => partsOf(address).join('.'),
  (address) => String(address),
  (address) => `0x${address.toString(16)}`,
  (address) => `0${address.toString(8)}`,
  (address) =>
    partsOf(address)
      .map((part) => `0x${part.toString(16)}`)
      .join('.'),
  (address) =>
    partsOf(address)
      .map((part) => `0${part.toString(8)}`)
      .join('.'),
  (address) => `${partsOf(address)[0]}.${address % 2 ** 24}`,
  (address) => `${partsOf(address).slice(0, 2).join('.')}.${address % 2 ** 16}`,
  (address) => `${partsOf(address).join('.')}.`,
  (address) => partsOf(address).join('%2e'),
  (address) => `[::ffff:${partsOf(address).join('.')}]`,
  (address) => `[::${partsOf(address).join('.')}]`,
  (address) => `[64:ff9b::${partsOf(address).join('.')}]`,
  (address) => {
    const [a = 0, b = 0, c = 0, d = 0] = partsOf(address);
    const [high, low] = [a * 256 + b, c * 256 + d].map((part) => part.toString(16));
    return `[2002:${high}:${low}::1]`;
  },
];

describe('an address that a client names', () => {
  it('is not in a private network, however it is spelled', () => {
    fc.assert(
      fc.property(
        privateIpv4,
        fc.constantFrom(...SPELLINGS),
        fc.constantFrom('', ':443', ':8443'),
        (address, spell, port) => {
          expect(judge(`https://${spell(address)}${port}/x`)).not.toBe('safe');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is not a special IPv6 address', () => {
    const special = fc.constantFrom(
      'fc00',
      'fd12',
      'fe80',
      'fec0',
      'ff02',
      '2001:db8',
      '2002',
      '3fff',
      '100',
      '5f00',
    );
    const rest = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(special, rest, (first, groups) => {
        const tail = groups.map((group) => group.toString(16)).join(':');
        expect(judge(`https://[${first}::${tail}]/`)).not.toBe('safe');
      }),
    );
  });

  it('is not loopback, except in development', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      expect(judge(`http://${host}:8080/x`)).not.toBe('safe');
      expect(judge(`https://${host}/x`)).not.toBe('safe');
      expect(judge(`http://${host}:8080/x`, true)).toBe('safe');
    }
    for (const host of ['127.0.0.2', '[::]', '0.0.0.0', 'localhost.', 'a.localhost', '10.0.0.1']) {
      expect(judge(`http://${host}:8080/x`, true)).not.toBe('safe');
    }
  });

  it.each([
    'https://rp.example/x',
    'https://rp.example:8443/x?y=1',
    'https://xn--bcher-kva.example/',
    'https://8.8.8.8/x',
    'https://[2606:4700::1111]/x',
  ])('may be public: %s', (url) => {
    expect(judge(url)).toBe('safe');
  });

  it.each([
    ['http://rp.example/x', 'must use https'],
    ['ftp://rp.example/x', 'must use https'],
    ['file:///etc/passwd', 'must use https'],
    ['gopher://rp.example/', 'must use https'],
    ['https:rp.example', 'must use https'],
    ['//rp.example/x', 'is not an absolute URL'],
    ['https://', 'is not an absolute URL'],
    ['https://user@rp.example/', 'must not contain credentials'],
    ['https://@rp.example/', 'must not contain credentials'],
    ['https://rp.example@10.0.0.1/', 'must not contain credentials'],
    ['https://rp.example/#x', 'must not have a fragment'],
    ['https://rp.example/#', 'must not have a fragment'],
    ['https://rp.example:22/', 'must not use a system port'],
    ['https://rp.example:80/', 'must not use a system port'],
    ['https://printer/', 'must not lead to a private network'],
    ['https://printer.local/', 'must not lead to a private network'],
    ['https://metadata.google.internal/', 'must not lead to a private network'],
    ['https://metadata.google.internal./', 'must not lead to a private network'],
    ['https://router.home.arpa/', 'must not lead to a private network'],
    ['https://169.254.169.254/latest/meta-data', 'must not lead to a private network'],
    [
      'https://１２７.0.0.1/',
      'must not contain spaces, backslashes or characters that are not ASCII',
    ],
    [
      String.raw`https://rp.example\@10.0.0.1/`,
      'must not contain spaces, backslashes or characters that are not ASCII',
    ],
    [
      'https://rp.example/\n',
      'must not contain spaces, backslashes or characters that are not ASCII',
    ],
  ])('must not be %j', (url, fault) => {
    expect(judge(url)).toBe(fault);
  });

  it('is judged without an exception, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()),
        fc.boolean(),
        (text, local) => {
          const parsed = parseSafeUrl(text, { allowLoopback: local });
          if (parsed.ok) expect(parsed.value.username + parsed.value.password).toBe('');
        },
      ),
    );
  });
});
