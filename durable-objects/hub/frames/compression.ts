import { brotliCompressSync, constants } from 'node:zlib';

import {
  Flag,
  hasFlag,
  REQUEST_HEADER_BYTES,
  RESPONSE_HEADER_BYTES,
} from '../../../shared/hub-protocol/frame.ts';

export type Compression = {
  /** Payloads of more bytes than this are compressed. */
  readonly threshold: number;
  /** 0 to 11 (RFC 7932 leaves it to the encoder). */
  readonly quality: number;
};

/** Returns the frame as it is, or with a compressed payload. */
export type Compress = <Frame extends Uint8Array>(frame: Frame) => Frame | Uint8Array<ArrayBuffer>;

/** Compresses nothing. */
export const uncompressed: Compress = (frame) => frame;

/** Compresses payloads above the threshold with Brotli, if that makes the frame smaller [H19]. */
export const compressing =
  ({ threshold, quality }: Compression): Compress =>
  (frame) => {
    const flags = frame[0] ?? 0;
    const header = hasFlag(flags, Flag.response) ? RESPONSE_HEADER_BYTES : REQUEST_HEADER_BYTES;
    if (frame.length - header <= threshold) return frame;
    const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
    const payload = brotliCompressSync(frame.subarray(header), { params });
    if (header + payload.length >= frame.length) return frame;
    const compressed = new Uint8Array(header + payload.length);
    compressed.set(frame.subarray(0, header));
    compressed[0] = flags | Flag.compressed;
    compressed.set(payload, header);
    return compressed;
  };
