import { describe, expect, it } from 'vitest';

import { deviceName } from '../../../../../workers/identity/web/account/device-name.ts';
import {
  placeOf,
  relativeTime,
} from '../../../../../workers/identity/web/account/sessions-section.tsx';
import {
  ConfirmDevicePage,
  DeviceDonePage,
  EnterCodePage,
} from '../../../../../workers/identity/web/device/device.tsx';
import { en as text } from '../../../../../workers/identity/web/kit/en.ts';
import { aClient } from '../../../../support/oauth-fixtures.ts';

describe('the device pages', () => {
  it('take a code that can be typed, prefilled where the link had it (RFC 8628 §3.3.1)', async () => {
    const html = String(await EnterCodePage({ text, csrf: 'token', userCode: 'WDJB-MJHT' }));
    expect(html).toContain('<label for="user_code">Code</label>');
    expect(html).toMatch(/<input id="user_code" name="user_code"[^>]*value="WDJB-MJHT"/);
    expect(html).toContain('<form method="post" action="/device"');
  });

  it('say at the field that no device waits', async () => {
    const html = String(
      await EnterCodePage({ text, csrf: 'c', userCode: '<x>', error: 'None waits' }),
    );
    expect(html).toContain('id="user_code-error"');
    expect(html).toContain('value="&lt;x&gt;"');
  });

  it('show client, code and what is asked, and warn of codes that others sent (RFC 8628 §5.4)', async () => {
    const html = String(
      await ConfirmDevicePage({
        text,
        csrf: 'token',
        client: aClient({ name: 'Living room TV' }),
        asked: { scopes: ['openid'], claims: [], resources: [], authorizationDetails: [] },
        userCode: 'WDJB-MJHT',
        email: 'ada@example.test',
        shown: 'digest',
      }),
    );
    expect(html).toContain('Connect Living room TV?');
    expect(html).toContain('<p class="user-code">WDJB-MJHT</p>');
    expect(html).toContain('<input type="hidden" name="user_code" value="WDJB-MJHT"/>');
    expect(html).toContain('Recognise you when you come back');
    expect(html).toContain('If somebody sent you this code');
    expect(html).toMatch(
      /name="answer" value="deny"[^>]*>Deny<.*name="answer" value="allow"[^>]*>Allow</s,
    );
  });

  it('end in words', async () => {
    expect(String(await DeviceDonePage({ text, isAllowed: true }))).toContain('Device connected');
    expect(String(await DeviceDonePage({ text, isAllowed: false }))).toContain('not connected');
  });
});

describe('what a session is called', () => {
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
  ])('%s: %s', (userAgent, expected) => {
    expect(deviceName({ device: {}, origin: origin(userAgent) }, text)).toBe(expected);
  });

  it('is as the client named its device', () => {
    const device = { name: 'Ada’s\u202e phone' };
    expect(deviceName({ device, origin: origin('x') }, text)).toBe('Ada’s phone');
  });

  it('has a place as far as it is known', () => {
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
  ])('was active %i ms ago: %s', (age, expected) => {
    expect(relativeTime(1_000_000_000_000 - age, 1_000_000_000_000, 'en')).toBe(expected);
  });
});
