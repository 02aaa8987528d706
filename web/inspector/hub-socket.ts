import type { Address } from '../../client/src/hub/frame-socket.ts';

export type SocketPorts = {
  readonly received: (frame: Uint8Array | string) => void;
  /** It is over, or could not be opened: then the code is 1006. */
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
