import { REQUEST_HEADER_BYTES } from '../../shared/hub-protocol/frame.ts';
import { type Dialect, ECHOED_BYTES, RIGHT, WRONG } from './dialect.ts';
import { type Message, Opcode } from './frame.ts';

const ID_AT = 23;

/** A request of the hub's protocol, without its message id. */
export const requestTemplate = (guid: Uint8Array): Buffer => {
  const bytes = Buffer.alloc(REQUEST_HEADER_BYTES + ECHOED_BYTES, 'e');
  bytes.fill(0, 0, REQUEST_HEADER_BYTES);
  bytes.set(guid, 7);
  return bytes;
};

export function numbered(template: Buffer, id: number): Message {
  const payload = Buffer.from(template);
  payload.writeUInt32BE(id, ID_AT + 4);
  return { opcode: Opcode.binary, payload };
}

const TEMPLATE = requestTemplate(new Uint8Array(16));

/** The messages of servers that echo every message and broadcast every posted body. */
export const plainDialect: Dialect = {
  isGreeted: false,
  greet: () => true,
  question: (id) => numbered(TEMPLATE, id),
  answer: ({ payload }, id) =>
    payload.length === TEMPLATE.length && payload.readUInt32BE(ID_AT + 4) === id ? RIGHT : WRONG,
  brings: ({ payload }, mark) => payload.includes(mark),
};
