/**
 * What `docs/conformance.md` is made of besides the tests: the specifications, in the order of the
 * page, and the demands that do not apply to us. Every other demand stands above the tests that
 * prove it, after `@demands`.
 *
 * @module
 */

export type Specification = {
  /** As annotations name it. */
  readonly name: string;
  /** Its subject, where the name does not say it. */
  readonly subject?: string;
  /** What a reader should know about all of its demands. */
  readonly note?: string;
};

export const SPECIFICATIONS: readonly Specification[] = [
  { name: 'RFC 9700', subject: 'security best current practice' },
  { name: 'RFC 9126', subject: 'pushed authorization requests' },
  { name: 'RFC 9101', subject: 'request objects' },
  { name: 'RFC 9449', subject: 'DPoP' },
  {
    name: 'FAPI 2.0 Security Profile',
    note: 'Of clients with the profile `fapi2_security` or `fapi2_message_signing`.',
  },
  {
    name: 'FAPI 2.0 Message Signing',
    note: 'Of clients with the profile `fapi2_message_signing`.',
  },
  {
    name: 'RFC 6749',
    subject: 'OAuth 2.0',
    note:
      'From here on the demands are about reading input: what node-oidc-provider hardened in its ' +
      'release 9.11.4, and what servers like it have been attacked with. RFC 9700 §4.1.3 and RFC ' +
      '9449 §4.2, above, are among them.',
  },
  { name: 'RFC 6265bis', subject: 'cookies' },
  { name: 'RFC 7515', subject: 'JSON Web Signature' },
  { name: 'RFC 7519', subject: 'JSON Web Token' },
  { name: 'RFC 7591', subject: 'client registration' },
  { name: 'RFC 9396', subject: 'authorization details' },
  { name: 'OAuth Client ID Metadata Document' },
  { name: 'Fetch', subject: 'origins' },
];

/** A demand, as an annotation would state it, and a sentence that says why it does not apply. */
export type NotApplicable = { readonly demand: string; readonly reason: string };

export const NOT_APPLICABLE: readonly NotApplicable[] = [
  {
    demand: 'RFC 9700 §2.6: Connections are encrypted from end to end.',
    reason:
      'It does not apply: Cloudflare ends TLS. Issuers with `http` are refused outside of loopback.',
  },
  {
    demand: "RFC 9700 §4.6: An access token cannot be injected into a client's session.",
    reason: 'It does not apply: no authorization response holds an access token.',
  },
  {
    demand:
      'RFC 9126 §7.2: A redirect URI that was not registered is accepted only from a client that ' +
      'authenticates.',
    reason: 'It does not apply: no client may use one.',
  },
  {
    demand: 'FAPI 2.0 Security Profile §5.2: Connections use TLS 1.2 or later, and HSTS.',
    reason: 'It does not apply to a local instance: Cloudflare ends TLS. The edge sends HSTS.',
  },
];
