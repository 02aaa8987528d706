import type { SocketConstructor } from './hub/connection.ts';

type Platform = {
  readonly document?: Document;
  readonly navigator?: { readonly locks?: LockManager };
  readonly WebSocket?: SocketConstructor;
};

/** What is there in some places and not in others. TypeScript's own types promise all of it. */
export const platform: Platform = globalThis;
