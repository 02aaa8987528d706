import type { Stop } from './listeners.ts';

/** What is used of a `WebSocket`. */
export interface Socket {
  binaryType: string;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** `WebSocket`, or one that behaves like it, such as that of the package `ws`. */
export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

type Platform = {
  readonly document?: Document;
  readonly navigator?: { readonly locks?: LockManager };
  readonly WebSocket?: SocketConstructor;
};

/** What is there in some places and not in others. TypeScript's own types promise all of it. */
export const platform: Platform = globalThis;

export type EnvironmentListeners = {
  /** A better time than any other to try again. */
  readonly hopeful: () => void;
  /** The connection may be dead without anybody having been told. */
  readonly doubtful: () => void;
};

type Target = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

/** Listens to what a browser tells of the network and the tab. Elsewhere there is nothing to hear. */
export function watchEnvironment({ hopeful, doubtful }: EnvironmentListeners): Stop {
  const page = platform.document;
  const visible = (): void => {
    if (page?.visibilityState !== 'visible') return;
    hopeful();
    doubtful();
  };
  const all: readonly [Target | undefined, string, () => void][] = [
    [page === undefined ? undefined : globalThis, 'online', () => (hopeful(), doubtful())],
    [page === undefined ? undefined : globalThis, 'offline', doubtful],
    [page, 'visibilitychange', visible],
  ];
  for (const [target, type, listener] of all) target?.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of all) target?.removeEventListener(type, listener);
  };
}
