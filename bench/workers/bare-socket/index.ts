/** The floor of a hub: hibernating sockets with an echo, and a loop that sends to all of them. */

import { DurableObject } from 'cloudflare:workers';

type Env = { readonly SOCKETS: DurableObjectNamespace<SocketObject> };

export class SocketObject extends DurableObject<Env> {
  override async fetch(request: Request): Promise<Response> {
    if (request.method === 'POST') return this.#broadcast(await request.arrayBuffer());
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    socket.send(message);
  }

  #broadcast(bytes: ArrayBuffer): Response {
    const sockets = this.ctx.getWebSockets();
    for (const socket of sockets) socket.send(bytes);
    return Response.json({ delivered: sockets.length });
  }
}

/** `GET /<name>` opens a socket at that object; `POST /broadcast` sends to those of `broadcast`. */
// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  fetch: (request, env) => env.SOCKETS.getByName(new URL(request.url).pathname).fetch(request),
} satisfies ExportedHandler<Env>;
