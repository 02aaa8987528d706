import { connect } from 'node:net';
import { ResponseReader } from './load/response.ts';

/**
 * Sends one raw HTTP/1.1 request to this machine. Returns the whole answer, head and body.
 *
 * @throws {Error} If the connection ends before the answer is complete.
 */
export async function sendRequest(port: number, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reader = new ResponseReader();
  let answer = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(request, 'latin1'))
    .setEncoding('latin1')
    .on('data', (text: string) => {
      answer += text;
      if (reader.push(text) !== undefined) resolve(answer);
    })
    .once('error', reject)
    .once('close', () => {
      reject(new Error('Cannot ask: the connection was closed'));
    });
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
