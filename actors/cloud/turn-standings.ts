/**
 * What became of a turn that a device sends again, because it does not know: at this gateway, whose record the cloud may not have yet, or at
 * another one.
 */
import type { TurnStanding } from '../../convex/turns.ts';
import { errorFields } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import { untilAborted } from '../../src/core/threads/until-aborted.ts';
import type { Cloud } from './cloud.ts';
import type { RecordQueue } from './record-queue.ts';
import { turnKey } from './records.ts';

/** With its recording, and without. */
const RANKS_OF_TURNS = ['recording', 'turn'] as const;

/** Null: nothing is known of it. Undefined: nobody could be asked. */
export type ToldStanding = TurnStanding | null | undefined;

export interface TurnStandings {
  /** Waits for the cloud, and for the way to it, until `signal` is aborted. */
  untilTold(device: string, id: string, signal: AbortSignal): Promise<ToldStanding>;
  /** Where the cloud can be reached. */
  now(device: string, id: string, signal: AbortSignal): Promise<ToldStanding>;
}

type AskedCloud = Pick<Cloud, 'isConnected' | 'watchConnection' | 'turnStanding'>;

export interface TurnStandingsOptions {
  cloud: Promise<AskedCloud>;
  queue: Pick<RecordQueue, 'waiting' | 'read'>;
  log: Log;
}

export function createTurnStandings({ cloud, queue, log }: TurnStandingsOptions): TurnStandings {
  async function asked(
    { device, id }: { device: string; id: string },
    signal: AbortSignal,
    reach: (ready: AskedCloud) => Promise<boolean>,
  ): Promise<ToldStanding> {
    try {
      const ready = await untilAborted(cloud, signal);
      return (await reach(ready)) ? await untilAborted(ready.turnStanding(device, id), signal) : undefined;
    } catch (error) {
      // Whoever asks has gone.
      if (signal.aborted) return undefined;
      log.warn('the cloud cannot be asked for a turn that is sent again', { turn: id, device, ...errorFields(error) });
      return undefined;
    }
  }

  return {
    async untilTold(device, id, signal) {
      const reach = (ready: AskedCloud) => untilConnected(ready, signal);
      return (await answeredHere(queue, { device, id })) ?? (await asked({ device, id }, signal, reach));
    },
    now: (device, id, signal) => asked({ device, id }, signal, async ({ isConnected }) => isConnected),
  };
}

/** Of a turn that this gateway has answered, while the cloud does not know it. */
async function answeredHere(
  queue: TurnStandingsOptions['queue'],
  { device, id }: { device: string; id: string },
): Promise<TurnStanding | undefined> {
  const key = turnKey(device, id);
  const waiting = RANKS_OF_TURNS.flatMap((rank) => queue.waiting(device, rank));
  const entry = waiting.find((each) => each.key === key);
  if (!entry) return undefined;
  // One that cannot be read is told where it is delivered.
  const kept = await queue.read(entry).catch(() => undefined);
  if (kept?.kind !== 'turn' || kept.record.outcome !== 'done') return undefined;
  const { outcome, transcript, replyText } = kept.record;
  const texts = { ...(transcript !== undefined && { transcript }), ...(replyText !== undefined && { replyText }) };
  return { outcome, ...texts, recorded: false };
}

/** @throws the signal's reason */
async function untilConnected(cloud: AskedCloud, signal: AbortSignal): Promise<true> {
  if (cloud.isConnected) return true;
  let unwatch = () => {};
  const connected = new Promise<true>((resolve) => {
    unwatch = cloud.watchConnection((isConnected) => isConnected && resolve(true));
  });
  return await untilAborted(connected, signal).finally(() => unwatch());
}
