/** What a connection is opened with. */
export type Opening = {
  /** `https:`, `http:`, `wss:` or `ws:`, with the path of the hub. */
  readonly url: string;
  /** `undefined`: the reconnection token alone must do. */
  readonly accessToken: string | undefined;
  /** Of the admission queue. */
  readonly grant: string | undefined;
  readonly reconnectionToken: string | undefined;
  /** Of the last event that was received; `undefined` begins a new stream. */
  readonly lastSequence: number | undefined;
  readonly manifestHash: string | undefined;
};

export type Address = { readonly url: string; readonly subprotocols: readonly string[] };

/** Where to connect to. Credentials stand among the subprotocols: a browser can set no header. */
export function addressOf(opening: Opening): Address {
  const url = new URL(opening.url);
  url.protocol = url.protocol.replace('http', 'ws');
  const { lastSequence, manifestHash, accessToken, grant, reconnectionToken } = opening;
  if (lastSequence !== undefined) url.searchParams.set('lastSequence', String(lastSequence));
  if (manifestHash !== undefined) url.searchParams.set('manifest', manifestHash);
  return {
    url: url.href,
    subprotocols: [
      'sallyport.v1+problem',
      'sallyport.v1',
      ...(accessToken === undefined ? [] : [`bearer.${accessToken}`]),
      ...(reconnectionToken === undefined ? [] : [`reconnect.${reconnectionToken}`]),
      ...(grant === undefined ? [] : [`grant.${grant}`]),
    ],
  };
}
