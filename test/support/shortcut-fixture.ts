import { utf8 } from '../../shared/bytes.ts';
import type { ShortcutBinding } from '../../shared/contracts/connect/hub-rpc.ts';
import type { SessionClient } from './hub-fixture.ts';

/** An endpoint of the test's own services. */
export const INSPECT = 'POST:/api/v1/test/inspect';

/** A shortcut of a client's session to {@link INSPECT}. */
export const aBinding = (
  { principal: { sessionId } }: SessionClient,
  change: Partial<ShortcutBinding> = {},
): ShortcutBinding => ({
  sessionId,
  name: 'join',
  source: 'sallyport',
  service: 'identity',
  endpoint: INSPECT,
  payload: utf8('{"match":7}'),
  binary: false,
  description: null,
  displayName: null,
  tags: [],
  expiresAt: null,
  ...change,
});
