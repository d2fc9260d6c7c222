/**
 * Devices that talk, as the gateway tells the cloud of them: each turn is a few records, one after the other. Every record carries its number
 * in its words, so that the page's observer can tell which of them is on the screen.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { openClient } from '../../../actors/cloud/convex-cloud.ts';
import { api } from '../../../convex/_generated/api.js';
import type { CloudTurnRecord } from '../../../convex/turns.ts';
import type { CloudAddress } from '../../../src/gateway/cloud-address.ts';

export interface Update {
  /** Of the turn. */
  number: number;
  version: number;
  /** Before the record was sent. */
  sentAtMs: number;
  /** The cloud had it. */
  storedAtMs: number;
}

export interface Talking {
  cloud: CloudAddress;
  devices: readonly string[];
  turns: number;
  /** From the beginning of a device's turn to the beginning of its next. */
  everyMs: number;
  onTurn(done: number): Promise<void> | void;
}

/** Versions of a turn in the order of {@link steps}. */
export const LAST_VERSION = 4;
/** A person speaks, the assistant thinks and answers. */
const STEP_MS = 600;
/** Connections; the gateway has one for all its devices. */
const WRITERS = 5;

/** Resolves with the ids of the turns by number, and with every record that was written. */
export async function talk({ cloud, devices, turns, everyMs, onTurn }: Talking) {
  const writers = Array.from({ length: WRITERS }, () =>
    openClient({ ...cloud, claims: { role: 'gateway', subject: 'the bench' } }),
  );
  const ids: string[] = [];
  const updates: Update[] = [];
  let begun = 0;
  let done = 0;

  async function device(name: string, i: number): Promise<void> {
    const { client } = writers[i % WRITERS] as (typeof writers)[number];
    // They do not begin together.
    await sleep((i / devices.length) * everyMs);
    while (begun < turns) {
      const number = begun;
      begun += 1;
      const startedAtMs = Date.now();
      const turn = uuidv7();
      ids[number] = turn;
      const base = { turn, session: 'bench', trigger: 'wake', offline: false, startedAt: startedAtMs } as const;
      for (const [version, step] of steps(number, startedAtMs).entries()) {
        const sentAtMs = Date.now();
        await client.mutation(api.turns.record, { device: name, record: { ...base, ...step } });
        updates.push({ number, version, sentAtMs, storedAtMs: Date.now() });
        if (version < LAST_VERSION) await sleep(STEP_MS);
      }
      done += 1;
      await onTurn(done);
      await sleep(Math.max(0, startedAtMs + everyMs - Date.now()));
    }
  }

  await Promise.all(devices.map(device));
  await Promise.all(writers.map((writer) => writer.close()));
  return { ids, updates };
}

function steps(number: number, startedAtMs: number): Pick<CloudTurnRecord, 'state' | 'transcript' | 'outcome'>[] {
  const transcript = (version: number) => `#${number}.${version} what is the weather like`;
  const replyText = 'It is sunny, and a little windy.';
  const latencyMs = { uplink: 14, cloud: 700, downlink: 13, total: 727 };
  return [
    { state: 'streaming', transcript: transcript(0) },
    { state: 'streaming', transcript: transcript(1) },
    { state: 'processing', transcript: transcript(2) },
    { state: 'receiving', transcript: transcript(3), ...{ replyText } },
    {
      ...{ state: 'idle', outcome: 'done', transcript: transcript(4) },
      ...{ replyText, latencyMs, endedAt: startedAtMs + LAST_VERSION * STEP_MS },
    },
  ];
}
