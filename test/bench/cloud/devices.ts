/**
 * Devices that connect to the gateway with their tokens and wait for their settings.
 */
import { WebSocket } from 'ws';
import { deviceName, deviceToken, volumeOf } from './seed.ts';

const CONNECTING_AT_ONCE = 100;
/** As a device does: one that is silent is disconnected. */
const PING_INTERVAL_MS = 5_000;

export interface Devices {
  /** From the first connection until each has its settings. */
  connectMs: number;
  /** Resolves when this device is sent this volume. Rejects when a device is disconnected. */
  hears(i: number, volumePercent: number): Promise<void>;
  close(): void;
}

export async function connectDevices(url: string, count: number): Promise<Devices> {
  const sockets: WebSocket[] = [];
  const listeners = new Map<number, (volumePercent: number) => void>();
  let fail: (error: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    fail = reject;
  });
  lost.catch(() => {}); // told to those who wait

  function connect(i: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${deviceToken(i)}` };
      const socket = new WebSocket(`${url}/v1/stream`, 'earshot.v1', { perMessageDeflate: false, headers });
      sockets[i] = socket;
      socket.on('error', reject);
      socket.on('close', (code) => {
        const error = new Error(`device ${i} was closed with ${code}`);
        reject(error);
        fail(error);
      });
      socket.on('open', () => socket.send(JSON.stringify(hello(i))));
      socket.on('message', (data, isBinary) => {
        if (isBinary || !String(data).includes('"settings"')) return;
        const { settings } = JSON.parse(String(data)) as { settings: { volumePercent: number } };
        if (settings.volumePercent === volumeOf(i)) resolve();
        listeners.get(i)?.(settings.volumePercent);
      });
    });
  }

  const startedMs = performance.now();
  let next = 0;
  const one = async () => {
    while (next < count) await connect(next++);
  };
  const pinging = setInterval(() => {
    const ping = JSON.stringify({ type: 'ping', t0: Math.round(performance.now()) });
    for (const socket of sockets) if (socket.readyState === socket.OPEN) socket.send(ping);
  }, PING_INTERVAL_MS);
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, one));
  return {
    connectMs: performance.now() - startedMs,
    hears: (i, volumePercent) =>
      Promise.race([
        new Promise<void>((resolve) => listeners.set(i, (heard) => heard === volumePercent && resolve())),
        lost,
      ]),
    close() {
      clearInterval(pinging);
      for (const socket of sockets) socket.terminate();
    },
  };
}

function hello(i: number): object {
  const audio = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 };
  return { type: 'hello', protocol: 1, device: { name: deviceName(i) }, audio, playback: { bufferMs: 600 } };
}
