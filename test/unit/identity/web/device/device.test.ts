import { describe, expect, it } from 'vitest';

import {
  ConfirmDevicePage,
  DeviceDonePage,
  EnterCodePage,
} from '../../../../../workers/identity/web/device/device.tsx';
import { en as text } from '../../../../../workers/identity/web/kit/text/en.ts';
import { aClient } from '../../../../support/oauth-fixture.ts';

describe('the device pages', () => {
  it('have a field for the code, which a link prefills (RFC 8628 §3.3.1)', async () => {
    const html = String(await EnterCodePage({ text, csrf: 'token', userCode: 'WDJB-MJHT' }));
    expect(html).toContain('<label for="user_code">Code</label>');
    expect(html).toMatch(/<input id="user_code" name="user_code"[^>]*value="WDJB-MJHT"/);
    expect(html).toContain('<form method="post" action="/device"');
  });

  it('say at the field that no device waits with the code', async () => {
    const html = String(
      await EnterCodePage({ text, csrf: 'c', userCode: '<x>', error: 'None waits' }),
    );
    expect(html).toContain('id="user_code-error"');
    expect(html).toContain('value="&lt;x&gt;"');
  });

  it('show client, code and permissions, and warn of codes that others sent (RFC 8628 §5.4)', async () => {
    const html = String(
      await ConfirmDevicePage({
        text,
        csrf: 'token',
        client: aClient({ name: 'Living room TV' }),
        requested: { scopes: ['openid'], claims: [], resources: [], authorizationDetails: [] },
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

  it('end with a page that says what was answered', async () => {
    expect(String(await DeviceDonePage({ text, isAllowed: true }))).toContain('Device connected');
    expect(String(await DeviceDonePage({ text, isAllowed: false }))).toContain('not connected');
  });
});
