/** A gateway in a separate process, so that a device is measured without it. */
import { join } from 'node:path';
import { earshot } from '../support/cli.ts';

export interface PlainGateway {
  url: string;
  stop(): Promise<void>;
}

/** @param folder its state folder is made in it */
export async function startPlainGateway(folder: string, responder: string): Promise<PlainGateway> {
  const args = ['--open', '--port', '0', '--responder', responder, '--json', '--state', join(folder, responder)];
  const gateway = earshot(['gateway', ...args]);
  const { url } = JSON.parse(await gateway.line(/^\{/)) as { url: string };
  return {
    url,
    async stop() {
      gateway.kill('SIGTERM');
      await gateway.ended;
    },
  };
}
