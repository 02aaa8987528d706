import { describe, expect, it } from 'vitest';
import { SallyportError } from '../../../client/src/common/errors.ts';
import { addressOf } from '../../../client/src/hub/frame-socket.ts';
import { afterClose, closeCodeOf } from '../../../client/src/hub/hub-state.ts';
import { readManifest } from '../../../client/src/hub/manifest.ts';
import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';

const opening = {
  url: 'https://id.example.com/connect',
  accessToken: 'a.b.c',
  grant: undefined,
  reconnectionToken: undefined,
  lastSequence: undefined,
  manifestHash: undefined,
};

describe('addressOf', () => {
  it('begins a stream with the access token among the subprotocols', () => {
    expect(addressOf(opening)).toEqual({
      url: 'wss://id.example.com/connect',
      subprotocols: ['sallyport.v1+problem', 'sallyport.v1', 'bearer.a.b.c'],
    });
  });

  it('goes on after the last event, and names the manifest it has', () => {
    const back = { lastSequence: 7, manifestHash: 'h', reconnectionToken: 'r' };
    expect(addressOf({ ...opening, ...back, url: 'ws://127.0.0.1:8787/connect' })).toEqual({
      url: 'ws://127.0.0.1:8787/connect?lastSequence=7&manifest=h',
      subprotocols: ['sallyport.v1+problem', 'sallyport.v1', 'bearer.a.b.c', 'reconnect.r'],
    });
  });

  it('shows the grant of the queue', () => {
    expect(addressOf({ ...opening, grant: 'g' }).subprotocols).toContain('grant.g');
  });
});

describe('afterClose', () => {
  it.each([1000, 1001, 1005, 1006, 1011, 1012, 4000, 4399, 4408, 4450, 4499])(
    'comes back after %i',
    (code) => {
      expect(afterClose(code)).toBe('return');
    },
  );

  it('comes back with another token where the old one is not taken', () => {
    expect(afterClose(CloseCode.unauthorized)).toBe('return_with_new_token');
  });

  it.each([4400, 4403, 4409, 4413, 4429, 4449])('stays away after %i', (code) => {
    expect(afterClose(code)).toBe('stay_away');
  });
});

describe('what the HTTP API says of a connection that did not open', () => {
  it.each([
    ['unreachable', undefined, undefined],
    ['unreachable', 502, undefined],
    ['NOT_FOUND', 404, undefined],
    ['AUTH_TOKEN_EXPIRED', 401, 'return_with_new_token'],
    ['AUTHZ_DENIED', 403, 'stay_away'],
    ['RATE_LIMITED', 429, 'return'],
    ['SERVICE_UNAVAILABLE', 503, 'return'],
  ] as const)('%s (%s): %s', (code, status, verdict) => {
    const closed = closeCodeOf(new SallyportError(code, { status }));
    expect(closed === undefined ? undefined : afterClose(closed)).toBe(verdict);
  });
});

describe('readManifest', () => {
  const api = (name: string) => ({ service: 's', endpoint: `GET:/${name}`, serviceId: name });
  const whole = {
    sessionId: 'ses_1',
    version: 1,
    availableApis: [api('a'), api('b')],
    shortcuts: [{ name: 'go', shortcutId: 'g' }],
    peerGuid: 'p',
    limits: { maxInFlight: 8 },
    manifestHash: 'h1',
    resumed: false,
  };
  const names = ({ availableApis }: { readonly availableApis: readonly { serviceId: string }[] }) =>
    availableApis.map(({ serviceId }) => serviceId);

  it('takes a whole one', () => {
    const manifest = readManifest(whole);
    expect(manifest).toMatchObject({ ...whole, limits: { maxInFlight: 8, maxChannel: 1_000 } });
  });

  it('keeps what it has where nothing changed', () => {
    const before = readManifest(whole);
    const after = readManifest({ unchanged: true, manifestHash: 'h1', resumed: true }, before);
    expect(after).toEqual({ ...before, resumed: true });
  });

  it('adds and removes', () => {
    const delta = { version: 2, added: [api('c'), api('a')], removed: ['b'], shortcuts: [] };
    const after = readManifest(delta, readManifest(whole));
    expect(names(after)).toEqual(['c', 'a']);
    expect(after).toMatchObject({ version: 2, shortcuts: [] });
  });

  it('passes over what it does not understand', () => {
    const strange = { availableApis: [null, 1, {}, { service: 1 }, api('a')], shortcuts: [{}] };
    const after = readManifest({ ...strange, limits: 'many', version: 'x' });
    expect(names(after)).toEqual(['a']);
    expect(after).toMatchObject({ version: 0, shortcuts: [] });
  });
});
