/** The part of Node's zlib that the hub uses: workerd has it, its published types do not. */
declare module 'node:zlib' {
  export const constants: { readonly BROTLI_PARAM_QUALITY: number };
  export function brotliDecompressSync(bytes: Uint8Array): Uint8Array;
  export function brotliCompressSync(
    bytes: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
  ): Uint8Array;
}
