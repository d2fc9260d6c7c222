/**
 * What the cloud has of the turns that were spoken, frame by frame.
 */
import { ConvexError } from 'convex/values';
import { api } from '../../convex/_generated/api.js';
import { decodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { hashOfFrames, type LoadTurn } from '../../src/tools/load/load-turn.ts';
import type { CloudClients } from '../support/cloud-clients.ts';

/** What a device has said in one turn: so many frames, and their hash; and, where it is known, what became of the turn. */
export type Spoken = Pick<LoadTurn, 'id' | 'device' | 'frames' | 'hash'> &
  Partial<Pick<LoadTurn, 'stored' | 'undeliverable' | 'history'>>;

export interface Account {
  turns: number;
  framesSpoken: number;
  framesLost: number;
  framesDuplicated: number;
  /** Turns that the cloud does not have, because their device had no room for more, and said so: ten newer ones waited. Their frames are not lost frames. */
  droppedByDevice: number;
  /** Turns without exactly one row in the cloud. */
  notRecordedOnce: number;
  /** Turns that the cloud does not have, or not whole, although the device did not drop them. */
  missing: Spoken[];
  /** In words, with what is known of the turn; empty: all is as it was spoken. */
  problems: string[];
}

const PAGE = 200;
const AT_ONCE = 8;

/**
 * @param whole ids of turns whose recording is known to be right: it is not fetched again. Those that are found to be right are added
 */
export async function accountOf(
  clients: CloudClients,
  spoken: readonly Spoken[],
  whole = new Set<string>(),
): Promise<Account> {
  const rows = await rowsByTurn(clients);
  const account: Account = {
    turns: spoken.length,
    framesSpoken: 0,
    framesLost: 0,
    framesDuplicated: 0,
    droppedByDevice: 0,
    notRecordedOnce: 0,
    missing: [],
    problems: [],
  };
  const waiting = [...spoken];
  async function work(): Promise<void> {
    for (let turn = waiting.pop(); turn; turn = waiting.pop()) await compare(turn);
  }

  async function compare(turn: Spoken): Promise<void> {
    const { id, device, frames, hash } = turn;
    const complain = (problem: string) => account.problems.push(`${device} ${id}: ${problem}; ${fateOf(turn)}`);
    const found = (rows.get(id) ?? []).filter((each) => each === device).length;
    account.framesSpoken += frames;
    if (found <= 1 && isDropped(turn) && !whole.has(id) && (await recordingOf(clients, id, device)).length === 0) {
      // The cloud may know of it what its gateway told while it was spoken.
      account.droppedByDevice += 1;
      return;
    }
    if (found !== 1) {
      account.notRecordedOnce += 1;
      complain(`${found} rows in the cloud`);
    }
    if (whole.has(id)) return;
    const recorded = found > 0 ? await recordingOf(clients, id, device) : [];
    account.framesLost += Math.max(0, frames - recorded.length);
    account.framesDuplicated += Math.max(0, recorded.length - frames);
    if (recorded.length < frames) account.missing.push(turn);
    if (recorded.length !== frames) complain(`${frames} frames spoken, ${recorded.length} recorded`);
    else if (hashOfFrames(recorded) !== hash) complain('the recorded frames are others');
    else whole.add(id);
  }

  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return account;
}

/** Nobody has confirmed it, and its device says that it had no room for it. */
function isDropped({ stored, undeliverable }: Spoken): boolean {
  return stored === 'nobody' && undeliverable === 'store_full';
}

/** Where the turn must be, and what happened to it. */
export function fateOf({ stored = 'gateway', undeliverable, history = [] }: Spoken): string {
  const [begun] = history;
  const steps = history.map(({ atMs, what }) => `${what} ${((atMs - (begun?.atMs ?? 0)) / 1_000).toFixed(1)} s`);
  const where =
    undeliverable !== undefined
      ? `its device gave it up (${undeliverable})`
      : stored === 'nobody'
        ? 'its device still stores it'
        : `confirmed by the ${stored}`;
  return `${where}; ${steps.join(', ')}`;
}

/** The devices of the rows that have a turn's id. */
async function rowsByTurn({ asOperator }: CloudClients): Promise<Map<string, string[]>> {
  const rows = new Map<string, string[]>();
  for (let cursor: string | null = null, isDone = false; !isDone; ) {
    const paginationOpts = { numItems: PAGE, cursor };
    const answer: { page: { turn: string; device: string }[]; isDone: boolean; continueCursor: string } =
      await asOperator.query(api.turns.page, { paginationOpts });
    for (const { turn, device } of answer.page) rows.set(turn, [...(rows.get(turn) ?? []), device]);
    ({ continueCursor: cursor, isDone } = answer);
  }
  return rows;
}

async function recordingOf({ asOperator }: CloudClients, turn: string, device: string): Promise<Uint8Array[]> {
  const recording = await asOperator.query(api.recordings.url, { turn, device }).catch((error: unknown) => {
    if (error instanceof ConvexError && error.data.code === 'turn_unknown') return null;
    throw error;
  });
  if (!recording) return [];
  const answer = await fetch(recording.url);
  if (!answer.ok) throw new Error(`the recording of ${turn} cannot be fetched: ${answer.status}`);
  return decodeOpusFile(new Uint8Array(await answer.arrayBuffer())).packets;
}
