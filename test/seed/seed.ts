/**
 * Fills a cloud with paired devices, their sessions, reports, turns and some recordings, by the functions that a gateway and an operator call: so
 * all that is counted from turns is right.
 */
import { createHash, randomUUID } from 'node:crypto';
import { openClient, uploadFile, withOrigin } from '../../actors/cloud/convex-cloud.ts';
import { api } from '../../convex/_generated/api.js';
import type { Id } from '../../convex/_generated/dataModel.d.ts';
import { encodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { speechFrames } from '../support/wire-device.ts';
import { type SeededTurn, seededTurns } from './turns.ts';

/** Connections that write at the same time: the cloud commits together what comes together. */
const WRITERS = 32;
const HOUR_MS = 60 * 60_000;
const FRAME_MS = 20;
const SOFTWARE = ['0.1.0', '0.1.0', '0.0.9'];
const MODELS = ['Raspberry Pi 4 Model B', 'Raspberry Pi Zero 2 W', 'Raspberry Pi 5', 'Chromium'];

export interface SeedOptions {
  url: string;
  gatewayKey: string;
  turns: number;
  devices: number;
  /** Of the newest turns, so many have a recording. */
  recordings: number;
  /** Of each device, one an hour. */
  reports: number;
  days: number;
  seed: number;
  onProgress?: (doing: string, share: number) => void;
}

const ROOMS = [
  'kitchen',
  'living room',
  'bedroom',
  'bathroom',
  'hall',
  'study',
  'garden',
  'cellar',
  'workshop',
  'attic',
];

export const seededDevice = (i: number) =>
  i < ROOMS.length ? (ROOMS[i] ?? '') : `${ROOMS[i % ROOMS.length]} ${Math.floor(i / ROOMS.length) + 1}`;

/** Resolves with the turns, oldest first. */
export async function seedCloud(options: SeedOptions): Promise<SeededTurn[]> {
  const { url, gatewayKey, onProgress = () => undefined } = options;
  const random = createRandom(options.seed);
  const connect = (role: 'gateway' | 'operator') =>
    openClient({ url, gatewayKey, claims: { role, subject: 'the seed' } });
  const [operator, gateway] = [connect('operator'), connect('gateway')];
  const writers = Array.from({ length: WRITERS }, () => connect('gateway'));
  const devices = Array.from({ length: options.devices }, (_, i) => seededDevice(i));
  const nowMs = Date.now();
  try {
    const beside = <Item>(
      items: Iterable<Item>,
      doing: string,
      total: number,
      write: (to: Client, item: Item) => Promise<unknown>,
    ) => {
      const next = items[Symbol.iterator]();
      let done = 0;
      return Promise.all(
        writers.map(async ({ client }) => {
          for (let item = next.next(); !item.done; item = next.next()) {
            await write(client, item.value);
            done += 1;
            onProgress(doing, done / total);
          }
        }),
      );
    };
    await beside(devices.entries(), 'devices', devices.length, async (client, [i, device]) =>
      furnish({ ...options, device, i, random, nowMs }, client, operator.client),
    );
    const turns = seededTurns({ ...options, devices, nowMs, random });
    await beside(turns, 'turns', turns.length, (client, turn) => client.mutation(api.turns.record, { ...turn }));
    const recorded = turns.slice(turns.length - Math.min(options.recordings, turns.length));
    for (const [i, turn] of recorded.entries()) {
      await addRecording(gateway.client, url, turn, random);
      onProgress('recordings', (i + 1) / recorded.length);
    }
    return turns;
  } finally {
    await Promise.all([...writers, operator, gateway].map((each) => each.close()));
  }
}

type Client = ReturnType<typeof openClient>['client'];

interface Furnished extends SeedOptions {
  device: string;
  i: number;
  random: () => number;
  nowMs: number;
}

/** Pairs the device, and gives it a session, reports and settings. */
async function furnish(
  { device, i, reports, random, nowMs }: Furnished,
  gateway: Client,
  operator: Client,
): Promise<void> {
  const request = randomUUID();
  const code = String(Math.floor(random() * 1e6)).padStart(6, '0');
  await gateway.mutation(api.pairing.request, { request, code, device });
  await operator.mutation(api.pairing.approve, { code });
  const tokenHash = createHash('sha256').update(`seeded ${device} ${request}`).digest('hex');
  await gateway.mutation(api.pairing.claim, { request, tokenHash });
  const openedAt = nowMs - Math.round(random() * 20 * HOUR_MS);
  const isClosed = random() < 0.3;
  await gateway.mutation(api.sessions.record, {
    ...{ device, session: randomUUID(), openedAt },
    ...{ model: MODELS[i % MODELS.length] ?? '', software: SOFTWARE[i % SOFTWARE.length] ?? '' },
    ...(isClosed && { closed: { at: Math.min(nowMs, openedAt + HOUR_MS), code: 1_000, reason: 'bye' } }),
  });
  for (let hour = reports; hour > 0; hour--) {
    const figures = {
      cpuPercent: round(2 + random() * 6),
      memoryMb: round(58 + random() * 6),
      networkLatencyMs: round(4 + random() * 20),
      upSeconds: (reports - hour) * 3_600,
    };
    await gateway.mutation(api.reports.add, { device, at: nowMs - hour * HOUR_MS, figures });
  }
  if (i % 5 === 0)
    await operator.mutation(api.settings.set, { device, settings: { volumePercent: 30 + (i % 6) * 10 } });
}

async function addRecording(gateway: Client, url: string, turn: SeededTurn, random: () => number): Promise<void> {
  const frames = speechFrames();
  const part = frames.slice(0, Math.floor(frames.length * (0.3 + random() * 0.7)));
  const file = encodeOpusFile({ frames: part, samples: part.length * 320 });
  const storageId = (await uploadFile(
    withOrigin(await gateway.mutation(api.recordings.uploadUrl, {}), url),
    file,
  )) as Id<'_storage'>;
  const recording = { storageId, durationMs: part.length * FRAME_MS };
  await gateway.mutation(api.turns.record, { ...turn, recording });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
