/** One answer: its status and its body, one character per byte. */
export type Answer = { readonly status: number; readonly body: string };

const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;

/**
 * Reads HTTP/1.1 answers (RFC 9112 §6) from a connection that has one request under way at a time.
 *
 * The text has one character per byte (`latin1`). `Content-Length` and chunks are read, which are all that
 * a keep-alive answer to `GET` or `POST` can have. Other parts are not validated.
 */
export class ResponseReader {
  #unread = '';

  /** Returns the answer that `text` completes, if it does. */
  push(text: string): Answer | undefined {
    this.#unread = this.#unread === '' ? text : this.#unread + text;
    const headEnd = this.#unread.indexOf('\r\n\r\n');
    if (headEnd === -1) return undefined;
    const head = this.#unread.slice(0, headEnd);
    const body = bodyOf(head, this.#unread, headEnd + 4);
    if (body === undefined) return undefined;
    this.#unread = this.#unread.slice(body.end);
    return { status: Number(head.slice(9, 12)), body: body.text };
  }
}

type Body = { readonly text: string; readonly end: number };

function bodyOf(head: string, text: string, from: number): Body | undefined {
  const length = CONTENT_LENGTH.exec(head)?.[1];
  if (length !== undefined) return fixedBody(text, from, Number(length));
  return CHUNKED.test(head) ? chunkedBody(text, from) : { text: '', end: from };
}

function fixedBody(text: string, from: number, length: number): Body | undefined {
  const end = from + length;
  return text.length < end ? undefined : { text: text.slice(from, end), end };
}

/** Chunks without trailers (RFC 9112 §7.1). */
function chunkedBody(text: string, from: number): Body | undefined {
  let body = '';
  for (let at = from; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    at = lineEnd + 2 + size + 2;
    if (text.length < at) return undefined;
    if (size === 0) return { text: body, end: at };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
  }
}
