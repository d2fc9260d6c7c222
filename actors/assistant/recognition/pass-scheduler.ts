/**
 * Decides which passes of the recognisers run, and when. Passes that a person waits for come first. Partial passes, which only show what
 * is being said, are the first that are left out under load: they run while nobody waits, one at a time, and use at most half of one
 * recogniser's time.
 */
import type { QueueMetrics } from '../../../src/core/actor/queue-metrics.ts';
import { EarshotError } from '../../../src/core/errors.ts';
import { untilAborted } from '../../../src/core/threads/until-aborted.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Hearing } from './recogniser-worker.ts';
import type { Recogniser, Recognisers } from './recognisers.ts';

/**
 * `final`: the turn waits for it. `pause`: the answer may begin with it. `again`: it has a text that is not understood well. `partial`: for
 * captions. In order of priority.
 */
export type PassKind = 'final' | 'pause' | 'again' | 'partial';

export interface PassSchedulerOptions {
  recognisers: Pick<Recognisers, 'take' | 'giveBack' | 'grow' | 'counts'>;
  /** Passes that wait. A final one takes the place of the last waiting one that is none, or is refused with `assistant_busy`. */
  queueLimit: number;
  clock: Pick<Clock, 'now'>;
}

export interface PassScheduler {
  /**
   * Resolves with the texts of the hearings; undefined: the pass was left out (never a final one). `hearings` is called when the pass
   * begins. After an abort its result is not awaited; its recogniser is free later, because a pass cannot be ended.
   *
   * @throws EarshotError `assistant_busy`, and those of the recogniser; the signal's reason
   */
  request(kind: PassKind, hearings: () => readonly Hearing[], signal: AbortSignal): Promise<string[] | undefined>;
  /** A recogniser has become free that was not taken here. */
  onMore(): void;
  queue(): QueueMetrics;
  counts(): PassCounts;
}

export interface PassCounts {
  final: number;
  pause: number;
  again: number;
  partial: number;
  /** Partial passes that were left out. */
  shedPartial: number;
  /** Passes at pauses that were left out. */
  shedPause: number;
  /** Passes that would have heard again, and were left out. */
  shedAgain: number;
  /** Final passes that were refused. */
  refused: number;
}

/** The larger one is served first. */
const PRIORITY = { final: 2, pause: 1, again: 0 };

interface WaitingPass {
  kind: keyof typeof PRIORITY;
  /** Undefined: it is left out. */
  begin(recogniser: Recogniser | undefined): void;
}

export function createPassScheduler({ recognisers, queueLimit, clock }: PassSchedulerOptions): PassScheduler {
  const waiting: WaitingPass[] = [];
  const counts = { final: 0, pause: 0, again: 0, partial: 0, shedPartial: 0, shedPause: 0, shedAgain: 0, refused: 0 };
  let isPartialRunning = false;
  let nextPartialAtMs = Number.NEGATIVE_INFINITY;

  /** Where there are several recognisers, one is kept free for passes that a person waits for. */
  function mayRunPartial(): boolean {
    if (waiting.length > 0 || isPartialRunning || clock.now() < nextPartialAtMs) return false;
    const { free, loaded } = recognisers.counts();
    return free > (loaded > 1 ? 1 : 0);
  }

  async function pass(kind: PassKind, recogniser: Recogniser, hearings: readonly Hearing[]): Promise<string[]> {
    counts[kind] += 1;
    try {
      return await recogniser.recognise(hearings);
    } finally {
      recognisers.giveBack(recogniser);
      serve();
    }
  }

  async function runPartial(recogniser: Recogniser, hearings: readonly Hearing[]): Promise<string[]> {
    const startedAtMs = clock.now();
    isPartialRunning = true;
    try {
      return await pass('partial', recogniser, hearings);
    } finally {
      isPartialRunning = false;
      nextPartialAtMs = 2 * clock.now() - startedAtMs;
    }
  }

  function serve(): void {
    while (waiting.length > 0) {
      const recogniser = recognisers.take();
      if (!recogniser) return;
      waiting.shift()?.begin(recogniser);
    }
  }

  /** Resolves when a recogniser is free; undefined: the pass is left out. */
  function wait(kind: WaitingPass['kind'], signal: AbortSignal): Promise<Recogniser | undefined> {
    return new Promise((resolve, reject) => {
      const guardedAbort = () => {
        waiting.splice(waiting.indexOf(place), 1);
        reject(signal.reason);
      };
      const place: WaitingPass = {
        kind,
        begin(recogniser) {
          signal.removeEventListener('abort', guardedAbort);
          resolve(recogniser);
        },
      };
      signal.addEventListener('abort', guardedAbort, { once: true });
      // Behind those of its own kind.
      const behind = waiting.findIndex((each) => PRIORITY[each.kind] < PRIORITY[kind]);
      waiting.splice(behind < 0 ? waiting.length : behind, 0, place);
    });
  }

  /** Whether there is a place in the queue. */
  function makeRoom(kind: WaitingPass['kind']): boolean {
    if (waiting.length < queueLimit) return true;
    const last = waiting.at(-1);
    if (!last || PRIORITY[last.kind] >= PRIORITY[kind]) return false;
    waiting.pop();
    leaveOut(last.kind);
    last.begin(undefined);
    return true;
  }

  async function requestPartial(
    hearings: () => readonly Hearing[],
    signal: AbortSignal,
  ): Promise<string[] | undefined> {
    const recogniser = mayRunPartial() ? recognisers.take() : undefined;
    if (recogniser) return await untilAborted(runPartial(recogniser, hearings()), signal);
    counts.shedPartial += 1;
    return undefined;
  }

  return {
    async request(kind, hearings, signal) {
      signal.throwIfAborted();
      if (kind === 'partial') return await requestPartial(hearings, signal);
      let recogniser = recognisers.take();
      if (!recogniser) {
        if (kind !== 'again') recognisers.grow();
        if (!makeRoom(kind)) return leaveOut(kind);
        recogniser = await wait(kind, signal);
      }
      return recogniser && (await untilAborted(pass(kind, recogniser, hearings()), signal));
    },
    onMore: serve,
    queue: () => ({
      name: 'recognition',
      depth: waiting.length,
      limit: queueLimit,
      sent: counts.final + counts.pause + counts.again + counts.partial,
      dropped: counts.refused + counts.shedPartial + counts.shedPause + counts.shedAgain,
    }),
    counts: () => ({ ...counts }),
  };

  function leaveOut(kind: WaitingPass['kind']): undefined {
    if (kind === 'pause') counts.shedPause += 1;
    if (kind === 'again') counts.shedAgain += 1;
    if (kind !== 'final') return;
    counts.refused += 1;
    throw new EarshotError('assistant_busy', `${waiting.length} utterances wait to be recognised`, 'Repeat it later.');
  }
}
