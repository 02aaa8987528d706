import { expect, it } from 'vitest';

import { CatalogueReader } from '../../../../../durable-objects/hub/catalogue/catalogue-reader.ts';
import { HUB_ENDPOINTS } from '../../../../../durable-objects/hub/catalogue/read-endpoints.ts';
import { SessionEndpoints } from '../../../../../durable-objects/hub/catalogue/session-endpoints.ts';
import type { SessionPrincipal } from '../../../../../shared/contracts/edge/principal.ts';
import { importConnectSalts } from '../../../../../shared/tokens/connect-salts.ts';

const salt = (byte: number) => new Uint8Array(32).fill(byte);
const principal: SessionPrincipal = {
  subject: 'ann',
  sessionId: 'ses_1',
  clientId: 'sallyport',
  scopes: [],
  roles: [],
  tokenId: 'tok_1',
  expiresAt: 0,
};

it('[H9] the GUIDs of a session are under the salt of its stream', async () => {
  const [both, older, newer] = await Promise.all(
    [[salt(2), salt(1)], [salt(1)], [salt(2)]].map(importConnectSalts),
  );
  if (both === undefined || older === undefined || newer === undefined)
    throw new Error('Cannot be');
  const guids = async (salts: typeof both, saltId: string | undefined) => {
    const catalogue = new CatalogueReader({
      read: async () => HUB_ENDPOINTS,
      ownClientId: 'sallyport',
      onChange: () => {},
      clock: () => 1_000_000,
    });
    const endpoints = new SessionEndpoints({
      catalogue,
      salts: Promise.resolve(salts),
      saltIdOf: () => saltId,
    });
    const ofStream = [...(await endpoints.of(principal)).keys()];
    const list = (await catalogue.fresh()).listOf(principal);
    const { sessionId } = principal;
    const fresh = [...(await endpoints.mapOf(sessionId, list, salts.newest.id)).keys()];
    expect([...(await endpoints.of(principal)).keys()]).toEqual(ofStream);
    return { ofStream, fresh };
  };
  const [old, young] = [await guids(older, older.newest.id), await guids(newer, newer.newest.id)];
  expect(old.ofStream).not.toEqual(young.ofStream);
  expect(await guids(both, older.newest.id)).toEqual({
    ofStream: old.ofStream,
    fresh: young.ofStream,
  });
  expect((await guids(newer, older.newest.id)).ofStream).toEqual(young.ofStream);
});
