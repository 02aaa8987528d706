/** Policies have their own grammar, in which a host may say more than its name. */
const HOST = /^[a-z0-9.-]+(?::\d+)?$/;

/** What a page may frame (CSP3 §6.1.6): exactly the origins of these URLs. */
export const frameSources = (frames: readonly URL[]): readonly string[] => [
  ...new Set(frames.map(sourceOf)),
];

/** `[::1]`, in development, has no form in a policy. */
const sourceOf = ({ host, origin, protocol }: URL): string => (HOST.test(host) ? origin : protocol);
