/** What is used of the module. Its own types would bring all of Node's globals along. */
declare module 'node:crypto' {
  export class X509Certificate {
    constructor(der: Uint8Array);
    readonly subjectAltName: string | undefined;
    readonly publicKey: { export(options: { format: 'jwk' }): unknown };
  }
}
