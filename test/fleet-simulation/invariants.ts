/**
 * What must hold of a fleet after its people have talked and its faults are over. Each violation is a sentence; each invariant tells at most a
 * few of them.
 */

import { LINK_DELAYS_MS } from '../../machines/link.ts';
import { decodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { DIAL_WINDOW_MS, peakDials } from './figures.ts';
import type { Fleet } from './fleet.ts';
import type { Utterance } from './simulated-device.ts';
import { decodeFrame } from './speech.ts';

/** The sentences of one invariant that are told. */
const TOLD = 3;
/** A dial follows its delay within the time of the machine's own steps. */
const DIAL_SLACK_MS = 2;
/** After a gateway has heard from the cloud that a turn is answered, no later answer begins. */
const NEWS_MS = 1_000;
/** Of a storm's dials. In the first second devices make their first attempts, which come close together. */
const HERD = { fromMs: 1_000, toMs: 12_000, share: 0.3 };

export interface Violation {
  invariant: InvariantName;
  text: string;
}

interface TurnRow {
  turn: string;
  outcome?: string;
}

type Check = (fleet: Fleet) => string[] | Promise<string[]>;

const INVARIANTS = {
  'every utterance is recorded once and whole, or its device says that it had no room for it': recordedOnceAndWhole,
  'no turn is answered twice': answeredOnce,
  'each device is on one gateway': onOneGateway,
  'no device loses its newest connection to an older one': newestStays,
  'everything settles': ({ settledAfterMs }) => (settledAfterMs === undefined ? ['it did not'] : []),
  'no queue is beyond its limit': ({ overfull }) => [...overfull].map(([name, how]) => `${name}: ${how}`),
  'reconnects are within the bounds of the backoff': reconnectsInBounds,
  'no herd': noHerd,
  'calls of the cloud in a second are bounded': callsBounded,
} satisfies Record<string, Check>;
export type InvariantName = keyof typeof INVARIANTS;

export async function violationsOf(fleet: Fleet): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const [name, check] of Object.entries(INVARIANTS)) {
    const invariant = name as InvariantName;
    const texts = await (check as Check)(fleet);
    for (const text of texts.slice(0, TOLD)) violations.push({ invariant, text });
    if (texts.length > TOLD) violations.push({ invariant, text: `and ${texts.length - TOLD} more` });
  }
  return violations;
}

export function finishedUtterances({ devices }: Fleet): Utterance[] {
  return devices.flatMap(({ utterances }) => utterances.filter(({ isFinished }) => isFinished));
}

/** Those that their devices had no room for, and said so. */
export function droppedUtterances(fleet: Fleet): Utterance[] {
  return finishedUtterances(fleet).filter(({ undeliverable }) => undeliverable === 'dropped');
}

async function recordedOnceAndWhole(fleet: Fleet): Promise<string[]> {
  const { cloud } = fleet;
  const turns = groupedBy(await cloud.rows<TurnRow>('turns'), ({ turn }) => turn);
  const recordings = groupedBy(await cloud.rows<{ turn: string; storageId: string }>('recordings'), ({ turn }) => turn);
  function faultOf({ id, frames, undeliverable }: Utterance, device: number, utterance: number): string | undefined {
    const rows = turns.get(id)?.length ?? 0;
    // A gateway may have had it, or have told of it, all the same.
    if (undeliverable === 'dropped' && rows <= 1 && !recordings.has(id)) return undefined;
    if (rows !== 1) return `has ${rows} rows`;
    const [recording, ...others] = recordings.get(id) ?? [];
    if (!recording || others.length > 0) return `has ${recording ? 1 + others.length : 0} recordings`;
    const bytes = cloud.files.bytesOf(recording.storageId);
    if (!bytes) return 'has lost its recording';
    const names = decodeOpusFile(bytes).packets.map(decodeFrame);
    const isWhole =
      names.length === frames &&
      names.every((name, i) => name.device === device && name.utterance === utterance && name.frame === i);
    return isWhole ? undefined : `is recorded with ${names.length} of ${frames} frames, or others`;
  }

  return fleet.devices.flatMap(({ utterances }, device) =>
    utterances.flatMap((each, i) => {
      const fault = each.isFinished ? faultOf(each, device, i) : undefined;
      return fault === undefined ? [] : [`${each.id} (${each.outcome}, device ${device}) ${fault}`];
    }),
  );
}

async function answeredOnce(fleet: Fleet): Promise<string[]> {
  const { answers, cloud, devices } = fleet;
  const wrong: string[] = [];
  for (const { utterances } of devices) {
    for (const { id, heard } of utterances) {
      if (heard.some((times) => times > 1)) wrong.push(`a part of the reply to ${id} was heard twice`);
    }
  }
  for (const [id, times] of answers) {
    const doneAtMs = cloud.doneAtMs(id);
    const late = doneAtMs === undefined ? [] : times.slice(1).filter((atMs) => atMs > doneAtMs + NEWS_MS);
    if (late.length > 0)
      wrong.push(`${id} was answered again ${Math.round((late[0] ?? 0) - (doneAtMs ?? 0))} ms after it was done`);
  }
  const messages = await cloud.rows<{ turn: string; role: string }>('messages');
  for (const [key, rows] of groupedBy(messages, ({ turn, role }) => `${turn} ${role}`)) {
    if (rows.length > 1) wrong.push(`the conversation has ${rows.length} messages of ${key}`);
  }
  return wrong;
}

function onOneGateway({ devices, slots }: Fleet): string[] {
  const places = slots.flatMap(({ process }) => (process?.isAlive ? process.devices() : []));
  const counts = groupedBy(places, (device) => device);
  return devices.flatMap(({ name }) => {
    const count = counts.get(name)?.length ?? 0;
    return count === 1 ? [] : [`${name} is on ${count}`];
  });
}

/** A device has one connection at a time: that which it lost to another was its newest. */
function newestStays({ retries }: Fleet): string[] {
  const replaced = retries.filter(({ code }) => code === 'connection_replaced');
  return replaced.map(({ device, atMs }) => `device ${device} at ${(atMs / 1_000).toFixed(1)} s`);
}

function reconnectsInBounds({ retries, dials, startedMs, clock }: Fleet): string[] {
  const { firstRetry, longestRetry, refusedRetry } = LINK_DELAYS_MS;
  const dialsOf = groupedBy(dials, ({ device }) => device);
  const untilMs = clock.now() - startedMs;
  return retries.flatMap(({ device, atMs, retryInMs }) => {
    const isBackoff = retryInMs >= firstRetry / 2 && retryInMs <= longestRetry;
    if (!isBackoff && retryInMs !== refusedRetry) return [`device ${device} waits for ${retryInMs} ms`];
    const dueMs = atMs + retryInMs;
    if (dueMs + DIAL_SLACK_MS > untilMs) return [];
    const next = dialsOf.get(device)?.find((dial) => dial.atMs > atMs);
    const isInTime = next !== undefined && Math.abs(next.atMs - dueMs) <= DIAL_SLACK_MS;
    return isInTime ? [] : [`device ${device} dialled ${next && Math.round(next.atMs - dueMs)} ms after its time`];
  });
}

function noHerd(fleet: Fleet): string[] {
  const { fromMs, toMs, share } = HERD;
  return fleet.faults.flatMap(({ kind, atMs }) => {
    if (kind !== 'storm') return [];
    const most = peakDials(fleet.dials, atMs + fromMs, atMs + toMs);
    const isHerd = most > share * fleet.devices.length;
    return isHerd ? [`${most} of ${fleet.devices.length} devices dial within ${DIAL_WINDOW_MS} ms`] : [];
  });
}

function callsBounded(fleet: Fleet): string[] {
  const most = Math.max(...fleet.cloud.calls.perSecond());
  const bound = callBound(fleet);
  return most <= bound ? [] : [`${most} in a second, more than ${bound}`];
}

/**
 * A device that connects costs some calls, and no device connects more often than its backoff allows: a second has at most all of them, twice. What
 * waits in the queues of the gateways is delivered by a few calls at a time.
 */
export function callBound({ options }: Fleet): number {
  const CALLS_PER_CONNECTION = 3;
  const DELIVERED_PER_SECOND = 8 * 40;
  return 2 * CALLS_PER_CONNECTION * options.devices + DELIVERED_PER_SECOND * options.gateways;
}

function groupedBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
