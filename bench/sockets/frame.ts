/**
 * Encodes and decodes WebSocket frames (RFC 6455 §5.2) for a load generator. It supports final frames
 * only, with the checks that detect a broken measurement.
 *
 * @module
 */

export const Opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

export type Message = { readonly opcode: number; readonly payload: Buffer };

/** The mask is not random, because there is no proxy that it must protect (RFC 6455 §10.3). */
const MASK = [0x5a, 0x0f, 0xc3, 0x96] as const;
const FINAL = 0x80;
const MASKED = 0x80;

/** Encodes a masked frame, as a client must. */
export function clientFrame({ opcode, payload }: Message): Buffer {
  const { length } = payload;
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + 4 + length);
  frame[0] = FINAL | opcode;
  writeLength(frame, length);
  frame.set(MASK, start);
  for (let index = 0; index < length; index += 1) {
    frame[start + 4 + index] = (payload[index] ?? 0) ^ (MASK[index & 3] ?? 0);
  }
  return frame;
}

function writeLength(frame: Buffer, length: number): void {
  if (length < 126) {
    frame[1] = MASKED | length;
  } else if (length < 65_536) {
    frame[1] = MASKED | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = MASKED | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
}

const EMPTY = Buffer.alloc(0);

/** Reads the frames of a server from one connection, however they are split. */
export class FrameReader {
  #unread: Buffer = EMPTY;

  /**
   * Calls `onMessage` for each complete frame. Its payload is a view, which is valid during the call
   * only.
   *
   * @throws {TypeError} If a frame is masked or fragmented, which no server here sends.
   */
  push(chunk: Buffer, onMessage: (message: Message) => void): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    let at = 0;
    for (let end = frameEnd(bytes, at); end !== undefined; end = frameEnd(bytes, at)) {
      const first = bytes[at] ?? 0;
      if ((first & FINAL) === 0) throw new TypeError('Cannot read frame: it is fragmented');
      onMessage({ opcode: first & 0x0f, payload: bytes.subarray(payloadStart(bytes, at), end) });
      at = end;
    }
    // The caller may reuse the memory of the chunk.
    this.#unread = at === bytes.length ? EMPTY : Buffer.from(bytes.subarray(at));
  }
}

const SHORT = 2;

function payloadStart(bytes: Buffer, at: number): number {
  const length = bytes[at + 1] ?? 0;
  return at + (length === 127 ? 10 : length === 126 ? 4 : SHORT);
}

/** `undefined` while a part of the frame is missing. */
function frameEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + SHORT) return undefined;
  const start = payloadStart(bytes, at);
  if (bytes.length < start) return undefined;
  const length = payloadLength(bytes, at);
  return bytes.length < start + length ? undefined : start + length;
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes[at + 1] ?? 0;
  if ((length & MASKED) !== 0) throw new TypeError('Cannot read frame: it is masked');
  if (length === 126) return bytes.readUInt16BE(at + 2);
  return length === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : length;
}
