/** The whole line in real time: a device in a room, a WebSocket, a gateway in this process, and the embedded assistant. */
import { v7 as uuidv7 } from 'uuid';
import { dialer } from '../../actors/network/websocket.ts';
import { chooseResponder } from '../../src/cli/terminal/gateway-responder.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { startTemporaryGateway } from '../../src/tools/latency/temporary-gateway.ts';
import { startDeviceInRoom } from './device-in-room.ts';
import type { RoomLine } from './line.ts';
import { LIVING_ROOM } from './plans.ts';
import { createRoom } from './room.ts';
import type { VirtualLineOptions } from './virtual-line.ts';

const POLL_MS = 20;

export interface RealLine extends RoomLine {
  close(): Promise<void>;
}

export async function startRealLine(options: Omit<VirtualLineOptions, 'responder'>): Promise<RealLine> {
  const { settings, seed = 1, canceller, ...rest } = options;
  const openResponder = await chooseResponder({ responder: 'assistant', assistant: 'embedded' });
  const gateway = await startTemporaryGateway(openResponder, silentLog);
  const room = createRoom({
    plan: LIVING_ROOM,
    loudspeaker: { echoDb: -6, driftPpm: 0, drive: 0 },
    noise: { colour: 'pink', levelDb: -65 },
    ...rest,
    clock: systemClock,
    seed,
  });
  const device = startDeviceInRoom({
    ...{ name: 'room', clock: systemClock, room, settings, seed, canceller },
    dial: dialer({ gateway: new URL(gateway.url) }),
    newId: () => uuidv7(),
  });
  const run = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)));
  async function runUntil(holds: () => boolean, limitMs: number, what: string): Promise<void> {
    const untilMs = systemClock.now() + limitMs;
    while (!holds()) {
      if (systemClock.now() > untilMs) throw new Error(`not within ${limitMs} ms: ${what}`);
      await run(POLL_MS);
    }
  }
  await runUntil(() => device.told.at(-1)?.is === 'waiting', 20_000, 'it listens');
  await run(1_000);
  return {
    ...device,
    room,
    clock: { now: systemClock.now, run, runUntil },
    async close() {
      device.stop();
      await gateway.close();
    },
  };
}
