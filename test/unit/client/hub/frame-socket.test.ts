import { describe, expect, it } from 'vitest';

import { addressOf } from '../../../../client/src/hub/frame-socket.ts';

const opening = {
  url: 'https://id.example.com/connect',
  accessToken: 'a.b.c',
  grant: undefined,
  reconnectionToken: undefined,
  lastSequence: undefined,
  manifestHash: undefined,
};

describe('addressOf', () => {
  it('puts the access token into the subprotocols', () => {
    expect(addressOf(opening)).toEqual({
      url: 'wss://id.example.com/connect',
      subprotocols: ['sallyport.v1+problem', 'sallyport.v1', 'bearer.a.b.c'],
    });
  });

  it('names the last event and the manifest that the client has', () => {
    const back = { lastSequence: 7, manifestHash: 'h', reconnectionToken: 'r' };
    expect(addressOf({ ...opening, ...back, url: 'ws://127.0.0.1:8787/connect' })).toEqual({
      url: 'ws://127.0.0.1:8787/connect?lastSequence=7&manifest=h',
      subprotocols: ['sallyport.v1+problem', 'sallyport.v1', 'bearer.a.b.c', 'reconnect.r'],
    });
  });

  it('puts the grant of the queue into the subprotocols', () => {
    expect(addressOf({ ...opening, grant: 'g' }).subprotocols).toContain('grant.g');
  });
});
