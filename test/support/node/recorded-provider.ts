import { createServer, type IncomingHttpHeaders } from 'node:http';

import { portOf } from './upstream-provider.ts';

export type Recorded = {
  readonly url: string;
  /** The requests so far. */
  readonly requests: {
    readonly method: string;
    readonly url: URL;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }[];
  close(): Promise<void>;
};

/** A provider that answers each path with a recorded document, and other paths with 404. */
export async function startRecorded(
  documents: Readonly<Record<string, unknown>>,
): Promise<Recorded> {
  const requests: Recorded['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://provider');
      const { method = '', headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      const document = documents[url.pathname];
      response.writeHead(document === undefined ? 404 : 200, {
        'content-type': 'application/json',
      });
      response.end(JSON.stringify(document ?? { message: 'Not Found' }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
