/** What a client presents to connect, apart from an access token, which `edge` has judged. */
export type Presented = {
  readonly reconnectionToken: string | undefined;
  readonly ticket: string | undefined;
  /** As it stands in the URL. */
  readonly lastSequence: string | undefined;
  /** Of the manifest that the client has. */
  readonly manifestHash: string | undefined;
};

const AUTHORIZATION = /^reconnect +(\S+) *$/i;
/** What is no hash is that of no manifest. */
const HASH = /^[\w-]{43}$/;
const SUBPROTOCOL = 'reconnect.';

/** Reads a request, without judging it. */
export function readPresented({ url, headers }: Pick<Request, 'url' | 'headers'>): Presented {
  const { searchParams } = new URL(url);
  return {
    reconnectionToken:
      AUTHORIZATION.exec(headers.get('authorization') ?? '')?.[1] ?? fromSubprotocols(headers),
    ticket: searchParams.get('ticket') ?? undefined,
    lastSequence: searchParams.get('lastSequence') ?? undefined,
    manifestHash: HASH.exec(searchParams.get('manifest') ?? '')?.[0],
  };
}

/** Where a browser can put it: among the subprotocols (RFC 6455 §4.1). */
function fromSubprotocols(headers: Headers): string | undefined {
  const offered = (headers.get('sec-websocket-protocol') ?? '').split(',');
  const entry = offered.map((each) => each.trim()).find((each) => each.startsWith(SUBPROTOCOL));
  return entry?.slice(SUBPROTOCOL.length);
}
