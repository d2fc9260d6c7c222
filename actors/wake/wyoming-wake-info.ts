/** The wake words of a Wyoming server: its answer to `describe`. */
import * as v from 'valibot';
import type { WyomingSocket } from '../../src/core/wyoming/wyoming-socket.ts';

const info = v.object({
  wake: v.optional(v.array(v.object({ models: v.optional(v.array(v.object({ name: v.string() })), []) })), []),
});

/** Names; undefined: it is no wake word server. @throws like the socket's `events`; Error: its answer is none */
export async function wakeWordsOf(socket: WyomingSocket): Promise<string[] | undefined> {
  socket.send({ type: 'describe' });
  for await (const { type, data } of socket.events) {
    if (type !== 'info') continue;
    const { success, output } = v.safeParse(info, data);
    if (!success) throw new Error('its description is not that of a Wyoming server');
    if (output.wake.length === 0) return undefined;
    return output.wake.flatMap(({ models }) => models.map(({ name }) => name));
  }
  throw new Error('the connection was closed');
}
