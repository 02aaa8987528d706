/** The names of this machine, as `URL` spells them (RFC 6761 §6.3, RFC 8252 §7.3). */
export const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
