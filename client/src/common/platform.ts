import type { Stop } from './listeners.ts';

/** The part of a `WebSocket` that the client uses. */
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

/** `WebSocket`, or a class that behaves like it, such as that of the package `ws`. */
export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

type Platform = {
  readonly document?: Document;
  readonly navigator?: { readonly locks?: LockManager };
  readonly WebSocket?: SocketConstructor;
};

/** The globals that some platforms lack, although TypeScript's types declare them everywhere. */
export const platform: Platform = globalThis;

export type EnvironmentListeners = {
  /** The network or the tab came back, so an attempt to connect is likely to succeed. */
  readonly retry: () => void;
  /** The connection may have been lost without a close event. */
  readonly probe: () => void;
};

type Target = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

/** Listens to a browser's events of the network and the tab. Does nothing where there is no page. */
export function watchEnvironment({ retry, probe }: EnvironmentListeners): Stop {
  const page = platform.document;
  const visible = (): void => {
    if (page?.visibilityState !== 'visible') return;
    retry();
    probe();
  };
  const all: readonly [Target | undefined, string, () => void][] = [
    [page === undefined ? undefined : globalThis, 'online', () => (retry(), probe())],
    [page === undefined ? undefined : globalThis, 'offline', probe],
    [page, 'visibilitychange', visible],
  ];
  for (const [target, type, listener] of all) target?.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of all) target?.removeEventListener(type, listener);
  };
}
