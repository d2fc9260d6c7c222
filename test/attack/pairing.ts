/**
 * Pairs devices with a gateway like an operator, by the operator's connection to the cloud.
 */
import { WebSocket } from 'ws';
import { api } from '../../convex/_generated/api.js';
import { withCloud } from '../../src/gateway/operator.ts';
import { decodeGatewayMessage, type GatewayMessage } from '../../src/protocol/control.ts';
import { helloOf } from '../support/wire-device.ts';

const PATIENCE_MS = 20_000;

export interface PairedDevice {
  name: string;
  /** Undefined: an open gateway accepted it without a token. */
  token: string | undefined;
}

/** One after the other. */
export async function pairDevices(gateway: string, state: string, names: readonly string[]): Promise<PairedDevice[]> {
  return await withCloud(state, async ({ client }) => {
    const paired: PairedDevice[] = [];
    for (const [i, name] of names.entries()) {
      // Each from its own address: the number of waiting devices of one address is limited.
      const token = await pair(gateway, name, `127.0.1.${1 + (i % 250)}`, async (code) => {
        const answer = await client.mutation(api.pairing.approve, { code });
        if (!answer.ok) throw new Error(`${name} could not be approved: ${answer.message}`);
      });
      paired.push({ name, token });
    }
    return paired;
  });
}

async function pair(
  gateway: string,
  name: string,
  localAddress: string,
  approve: (code: string) => Promise<void>,
): Promise<string | undefined> {
  const socket = new WebSocket(new URL('/v1/stream', gateway), 'earshot.v1', { localAddress });
  const patience = setTimeout(() => socket.terminate(), PATIENCE_MS);
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify(helloOf(name))));
      socket.on('error', reject);
      socket.on('close', (code, reason) => reject(new Error(`${name} was not paired: ${code} ${reason}`)));
      socket.on('message', (data) => {
        const message = decodedMessage(String(data));
        if (message?.type === 'pair.pending') approve(message.code).catch(reject);
        if (message?.type === 'pair.approved') resolve(message.token);
        if (message?.type === 'welcome') resolve(undefined);
      });
    });
  } finally {
    clearTimeout(patience);
    socket.close();
  }
}

function decodedMessage(text: string): GatewayMessage | undefined {
  const decoded = decodeGatewayMessage(text);
  return decoded.ok ? decoded.message : undefined;
}
