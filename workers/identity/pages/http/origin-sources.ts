/** Policies have their own grammar, in which a host may say more than its name. */
const HOST = /^[a-z0-9.-]+(?::\d+)?$/;

/** What a page may frame or ask (CSP3 §6.1): exactly the origins of these URLs. */
export const originSources = (urls: readonly URL[]): readonly string[] => [
  ...new Set(urls.map(sourceOf)),
];

/** `[::1]`, in development, has no form in a policy. */
const sourceOf = ({ host, origin, protocol }: URL): string => (HOST.test(host) ? origin : protocol);
