import { fromUtf8 } from '../../../shared/bytes.ts';
import { RESPONSE_CODES } from '../../../shared/hub-protocol/response-codes.ts';

type Answered = {
  readonly code: number;
  readonly payload: Uint8Array;
  readonly binary: boolean;
};

export type AnswerView = {
  code: number;
  /** Of the response code; `null` for one that the protocol does not know. */
  name: string | null;
  /** The JSON that the client sent; `null` where it sent nothing. */
  payload?: unknown;
  /** Anything else. */
  payloadBase64?: string;
};

/** A client's response, for whom JSON is spoken with. */
export const viewAnswer = ({ code, payload, binary }: Answered): AnswerView => ({
  code,
  name: nameOf(code),
  ...(binary ? bytesOf(payload) : (readJson(payload) ?? bytesOf(payload))),
});

function nameOf(code: number): string | null {
  const named = Object.entries(RESPONSE_CODES).find(([, one]) => one.code === code);
  return named?.[0] ?? null;
}

const bytesOf = (payload: Uint8Array): AnswerPayload => ({ payloadBase64: payload.toBase64() });

type AnswerPayload = Pick<AnswerView, 'payload' | 'payloadBase64'>;

function readJson(payload: Uint8Array): AnswerPayload | undefined {
  if (payload.length === 0) return { payload: null };
  try {
    return { payload: JSON.parse(fromUtf8(payload)) };
  } catch {
    return undefined;
  }
}
