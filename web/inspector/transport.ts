import { isObject, numberOf, textOf } from '../../client/src/common/json.ts';
import type { Address } from '../../client/src/hub/frame-socket.ts';

export type SocketPorts = {
  readonly received: (frame: Uint8Array | string) => void;
  /** Is called when the socket has closed, or could not be opened (1006). */
  readonly closed: (code: number) => void;
};

export interface HubSocket {
  send(frame: Uint8Array<ArrayBuffer> | string): void;
  close(code: number): void;
}

/** Opens a WebSocket to the hub. */
export function openSocket({ url, subprotocols }: Address, ports: SocketPorts): HubSocket {
  const socket = new WebSocket(url, [...subprotocols]);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) =>
    ports.received(typeof data === 'string' ? data : new Uint8Array(data)),
  );
  socket.addEventListener('close', ({ code }) => ports.closed(code));
  return socket;
}

/** An access token of the browser's session, which stays in memory. */
export type Token = {
  readonly text: string;
  /** By `performance.now()`, because the clock of the device may be wrong, or be set. */
  readonly expiresAt: number;
};

/** The browser's session has ended. */
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError';
}

/**
 * Gets a token from the page's own server.
 *
 * @throws {SignedOutError} If the session has ended.
 * @throws {Error} If the answer has no token.
 */
export async function fetchToken(csrf: string): Promise<Token> {
  const requestedAt = performance.now();
  const response = await fetch('/connect/inspector/token', {
    method: 'POST',
    headers: { 'x-csrf-token': csrf },
  });
  if (response.status === 401) throw new SignedOutError('Cannot get a token: the session ended');
  const body: unknown = response.ok ? await response.json() : undefined;
  const text = isObject(body) ? textOf(body['accessToken']) : undefined;
  const lifetime = isObject(body) ? numberOf(body['expiresIn']) : undefined;
  if (text === undefined || lifetime === undefined) {
    throw new Error(`Cannot get a token: the answer was ${response.status}`);
  }
  return { text, expiresAt: requestedAt + lifetime * 1_000 };
}
