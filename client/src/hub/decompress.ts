/** Reads Brotli (RFC 7932). Rejects what is none. */
export type Decompress = (bytes: Uint8Array) => Promise<Uint8Array>;

/** With the platform's own `DecompressionStream`, which rejects where it knows no Brotli. */
export async function decompressBrotli(bytes: Uint8Array): Promise<Uint8Array> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- newer than the types
  const format = 'brotli' as string as CompressionFormat;
  const stream = new DecompressionStream(format);
  const expanded = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(expanded).arrayBuffer());
}
