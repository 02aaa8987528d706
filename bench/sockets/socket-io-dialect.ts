import { type Dialect, ECHOED_BYTES, RIGHT, type Send, WRONG } from './dialect.ts';
import { type Message, Opcode } from './frame.ts';

const TEXT = 'e'.repeat(ECHOED_BYTES);

const text = (value: string): Message => ({ opcode: Opcode.text, payload: Buffer.from(value) });

/**
 * The messages of socket.io over a WebSocket (Engine.IO 4): an event with an acknowledgement as text. They
 * are smaller than the frames of the others and have no attachments, which is fastest for socket.io.
 */
export const socketIoDialect: Dialect = {
  isGreeted: true,
  greet: ({ payload }: Message, send: Send) => {
    if (payload[0] === 0x30) send(text('40')); // "0" is open, and the answer is connect.
    return payload.toString('latin1', 0, 2) === '40';
  },
  question: (id) => text(`42${id}["echo","${TEXT}"]`),
  answer: ({ payload }, id) => {
    const answer = payload.toString('latin1');
    if (!answer.startsWith('43')) return undefined;
    return answer === `43${id}["${TEXT}"]` ? RIGHT : WRONG;
  },
  brings: ({ payload }, mark) => payload.includes(mark),
};
