/** oidc-provider ships no types; these are the parts that the benchmark uses. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    callback(): RequestListener;
  }
}

/** The parts of socket.io that the benchmark uses, so that types need no install of it. */
declare module 'socket.io' {
  import type { Server as HttpServer } from 'node:http';

  type Socket = {
    readonly handshake: { readonly query: Readonly<Record<string, unknown>> };
    join(room: string): void;
    on(
      event: string,
      listener: (sent: string, acknowledge: (answer: string) => void) => void,
    ): void;
  };

  export class Server {
    constructor(server: HttpServer, options: Readonly<Record<string, unknown>>);
    on(event: 'connection', listener: (socket: Socket) => void): void;
    to(room: string): { emit(event: string, body: string): void };
  }
}
