/**
 * Fills the state folder of a gateway before it starts: paired devices with their settings, and turns.
 */
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import schema from '../../../convex/schema.ts';
import type { Database } from '../../../src/cloud/database/database.ts';
import { openDatabase } from '../../../src/cloud/database/open-database.ts';
import { RUNTIME_TABLES } from '../../../src/cloud/runtime/system-tables.ts';
import { embeddedCloudFolder } from '../../../src/core/files/paths.ts';

const ROWS_OF_A_TRANSACTION = 1_000;

export const deviceName = (i: number) => `device-${i}`;
export const deviceToken = (i: number) => createHash('sha256').update(`token ${i}`).digest('base64url');
/** Less than what a change sets, so that each change is one. */
export const volumeOf = (i: number) => i % 90;

export interface Seeded {
  turns: string[];
}

export async function openSeeded(state: string): Promise<Database> {
  return await openDatabase({ folder: embeddedCloudFolder(state), schema, systemTables: RUNTIME_TABLES });
}

export async function seed(state: string, counts: { devices: number; turns: number }): Promise<Seeded> {
  const database = await openSeeded(state);
  const deviceIds: string[] = [];
  const turns: string[] = [];
  try {
    await inBatches(database, counts.devices, (writer, i) => {
      const tokenHash = createHash('sha256').update(deviceToken(i)).digest('hex');
      const device = { name: deviceName(i), tokenHash, pairedAt: 1, settings: { volumePercent: volumeOf(i) } };
      deviceIds.push(writer.insert('devices', device));
    });
    await inBatches(database, counts.turns, (writer, i) => {
      const turn = uuidv7();
      turns.push(turn);
      writer.insert('turns', {
        ...{ turn, deviceId: deviceIds[i % deviceIds.length] ?? '', session: 'seeded', trigger: 'key', offline: false },
        ...{
          startedAt: i,
          state: 'idle',
          outcome: 'done',
          hasError: false,
          latencyMs: { capture: 20, encode: 3, uplink: 12, total: 640 },
        },
        transcript: 'what is the weather like today in the north '.repeat(3),
        replyText: 'it is going to rain '.repeat(5),
      });
    });
  } finally {
    database.close();
  }
  return { turns };
}

type Write = (writer: Parameters<Parameters<Database['write']>[0]>[0], i: number) => void;

async function inBatches(database: Database, count: number, write: Write): Promise<void> {
  for (let from = 0; from < count; from += ROWS_OF_A_TRANSACTION) {
    await database.write(async (writer) => {
      for (let i = from; i < Math.min(count, from + ROWS_OF_A_TRANSACTION); i++) write(writer, i);
    });
  }
}
