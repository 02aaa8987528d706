import { describe, expect, it } from 'vitest';

import { relativeTime } from '../../../../../workers/identity/web/account/relative-time.ts';
import {
  deviceName,
  placeOf,
} from '../../../../../workers/identity/web/account/sessions-section.tsx';
import { en as text } from '../../../../../workers/identity/web/kit/text/en.ts';

describe('a session on the account page', () => {
  const origin = (userAgent: string) => ({ ipAddress: '', country: null, userAgent });
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
      'Chrome on Windows',
    ],
    ['Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge on Windows'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) Version/17.1 Safari/605.1.15',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Version/17.1 Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox on Linux'],
    ['Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36', 'Chrome on Android'],
    ['CastleGame/1.2 (build 7)', 'CastleGame'],
    ['', 'Unknown device'],
    ['((((', 'Unknown device'],
  ])('with the user agent %j is called %s', (userAgent, expected) => {
    expect(deviceName({ device: {}, origin: origin(userAgent) }, text)).toBe(expected);
  });

  it('has the name that the client gave its device', () => {
    const device = { name: 'Ada’s\u202e phone' };
    expect(deviceName({ device, origin: origin('x') }, text)).toBe('Ada’s phone');
    const blank = { name: '\u200B\u3164' };
    expect(deviceName({ device: blank, origin: origin('') }, text)).toBe('Unknown device');
  });

  it('has its place if that is known', () => {
    expect(placeOf({ ...origin(''), country: 'NZ', ipAddress: '192.0.2.1' }, 'en')).toBe(
      'New Zealand · 192.0.2.1',
    );
    expect(placeOf({ ...origin(''), country: 'T1', ipAddress: '192.0.2.1' }, 'en')).toBe(
      '192.0.2.1',
    );
    expect(placeOf(origin(''), 'en')).toBe('');
  });

  it.each([
    [0, 'now'],
    [59_999, 'now'],
    [60_000, '1 minute ago'],
    [3 * 3_600_000, '3 hours ago'],
    [26 * 3_600_000, 'yesterday'],
    [400 * 86_400_000, 'last year'],
    [-5_000, 'now'],
  ])('that was active %i ms ago is shown as active %s', (age, expected) => {
    expect(relativeTime(1_000_000_000_000 - age, 1_000_000_000_000, 'en')).toBe(expected);
  });
});
