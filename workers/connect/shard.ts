/** A continent code, or `local` where the platform does not say. */
export type Region = string;

/** The region of a request's client. */
export function regionOf(cf: unknown): Region {
  if (typeof cf !== 'object' || cf === null || !('continent' in cf)) return 'local';
  const { continent } = cf;
  return typeof continent === 'string' && /^[A-Z]{2}$/.test(continent)
    ? continent.toLowerCase()
    : 'local';
}

/** The hub for a session: the same for every connection of it from one region. */
export function hubName(region: Region, sessionId: string, shards: number): string {
  return `hub:${region}:${fnv1a(sessionId) % shards}`;
}

/** Whether it is a hub that {@link hubName} chooses for the session, in whatever region. */
export function isLikelyHub(hub: string, sessionId: string, shards: number): boolean {
  return hub.endsWith(`:${fnv1a(sessionId) % shards}`);
}

/** FNV-1a, 32 bits, over UTF-16 code units: spreads, and protects nothing. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
