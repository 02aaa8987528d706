import { describe, expect, it } from 'vitest';

import { readManifest } from '../../../../client/src/hub/manifest.ts';

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

  it('reads a whole manifest', () => {
    const manifest = readManifest(whole);
    expect(manifest).toMatchObject({ ...whole, limits: { maxInFlight: 8, maxChannel: 1_000 } });
  });

  it('returns the manifest before where nothing changed', () => {
    const before = readManifest(whole);
    const after = readManifest({ unchanged: true, manifestHash: 'h1', resumed: true }, before);
    expect(after).toEqual({ ...before, resumed: true });
  });

  it('applies additions and removals', () => {
    const delta = { version: 2, added: [api('c'), api('a')], removed: ['b'], shortcuts: [] };
    const after = readManifest(delta, readManifest(whole));
    expect(names(after)).toEqual(['c', 'a']);
    expect(after).toMatchObject({ version: 2, shortcuts: [] });
  });

  it('ignores members of an unexpected type', () => {
    const strange = { availableApis: [null, 1, {}, { service: 1 }, api('a')], shortcuts: [{}] };
    const after = readManifest({ ...strange, limits: 'many', version: 'x' });
    expect(names(after)).toEqual(['a']);
    expect(after).toMatchObject({ version: 0, shortcuts: [] });
  });
});
