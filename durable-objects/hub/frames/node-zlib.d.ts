/** What of Node's zlib the hub uses. The runtime has it; the types of Workers do not. */
declare module 'node:zlib' {
  export const constants: { readonly BROTLI_PARAM_QUALITY: number };
  export function brotliDecompressSync(bytes: Uint8Array): Uint8Array;
  export function brotliCompressSync(
    bytes: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
  ): Uint8Array;
}
