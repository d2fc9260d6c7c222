/**
 * A free port for a server that starts later, or restarts at the same port. It is below the system's ephemeral ports
 * (Linux: from 32768), because another test's client could take one of these meanwhile.
 */
import { createServer } from 'node:net';
import { systemCode } from '../../src/core/errors.ts';
import { once } from './in-time.ts';

const FIRST = 20_000;
const LAST = 32_767;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      return port;
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE') throw error;
    } finally {
      server.close();
    }
  }
}
