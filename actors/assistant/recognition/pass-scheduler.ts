/**
 * Decides which passes of the recognisers run, and when. Passes that a person waits for come first. Partial passes, which only show what
 * is being said, are the first that are left out under load: they run while nobody waits, one at a time, and use at most half of one
 * recogniser's time.
 */
import type { QueueMetrics } from '../../../src/core/actor/queue-metrics.ts';
import { EarshotError } from '../../../src/core/errors.ts';
import { untilAborted } from '../../../src/core/threads/until-aborted.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Recogniser, Recognisers } from './recognisers.ts';

/** `final`: the turn waits for it. `pause`: the answer may begin with it. `partial`: for captions. In order of priority. */
export type PassKind = 'final' | 'pause' | 'partial';

export interface PassSchedulerOptions {
  recognisers: Pick<Recognisers, 'take' | 'giveBack' | 'grow' | 'counts'>;
  /** Passes that wait. A final one takes the place of a waiting one at a pause, or is refused with `assistant_busy`. */
  queueLimit: number;
  clock: Pick<Clock, 'now'>;
}

export interface PassScheduler {
  /**
   * Resolves with the text; undefined: the pass was left out (never a final one). `samples` is called when the pass begins. After an
   * abort its result is not awaited; its recogniser is free later, because a pass cannot be ended.
   *
   * @param pace see `RecognitionTask`; default: 1
   * @throws EarshotError `assistant_busy`, and those of the recogniser; the signal's reason
   */
  request(kind: PassKind, samples: () => Int16Array, signal: AbortSignal, pace?: number): Promise<string | undefined>;
  /** A recogniser has become free that was not taken here. */
  onMore(): void;
  queue(): QueueMetrics;
  counts(): PassCounts;
}

export interface PassCounts {
  final: number;
  pause: number;
  partial: number;
  /** Partial passes that were left out. */
  shedPartial: number;
  /** Passes at pauses that were left out. */
  shedPause: number;
  /** Final passes that were refused. */
  refused: number;
}

interface WaitingPass {
  kind: 'final' | 'pause';
  /** Undefined: it is left out. */
  begin(recogniser: Recogniser | undefined): void;
}

export function createPassScheduler({ recognisers, queueLimit, clock }: PassSchedulerOptions): PassScheduler {
  const waiting: WaitingPass[] = [];
  const counts: PassCounts = { final: 0, pause: 0, partial: 0, shedPartial: 0, shedPause: 0, refused: 0 };
  let isPartialRunning = false;
  let nextPartialAtMs = Number.NEGATIVE_INFINITY;

  /** Where there are several recognisers, one is kept free for passes that a person waits for. */
  function mayRunPartial(): boolean {
    if (waiting.length > 0 || isPartialRunning || clock.now() < nextPartialAtMs) return false;
    const { free, loaded } = recognisers.counts();
    return free > (loaded > 1 ? 1 : 0);
  }

  async function pass(kind: PassKind, recogniser: Recogniser, samples: Int16Array, pace?: number): Promise<string> {
    counts[kind] += 1;
    try {
      return await recogniser.recognise(samples, pace);
    } finally {
      recognisers.giveBack(recogniser);
      serve();
    }
  }

  async function runPartial(recogniser: Recogniser, samples: Int16Array): Promise<string> {
    const startedAtMs = clock.now();
    isPartialRunning = true;
    try {
      return await pass('partial', recogniser, samples);
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
      const behind = kind === 'final' ? waiting.findIndex((each) => each.kind === 'pause') : -1;
      waiting.splice(behind < 0 ? waiting.length : behind, 0, place);
    });
  }

  /** Whether there is a place in the queue. */
  function makeRoom(kind: WaitingPass['kind']): boolean {
    if (waiting.length < queueLimit) return true;
    if (kind === 'pause' || waiting.at(-1)?.kind !== 'pause') return false;
    counts.shedPause += 1;
    waiting.pop()?.begin(undefined);
    return true;
  }

  async function requestPartial(samples: () => Int16Array, signal: AbortSignal): Promise<string | undefined> {
    const recogniser = mayRunPartial() ? recognisers.take() : undefined;
    if (recogniser) return await untilAborted(runPartial(recogniser, samples()), signal);
    counts.shedPartial += 1;
    return undefined;
  }

  return {
    async request(kind, samples, signal, pace) {
      signal.throwIfAborted();
      if (kind === 'partial') return await requestPartial(samples, signal);
      let recogniser = recognisers.take();
      if (!recogniser) {
        recognisers.grow();
        if (!makeRoom(kind)) return leaveOut(kind);
        recogniser = await wait(kind, signal);
      }
      return recogniser && (await untilAborted(pass(kind, recogniser, samples(), pace), signal));
    },
    onMore: serve,
    queue: () => ({
      name: 'recognition',
      depth: waiting.length,
      limit: queueLimit,
      sent: counts.final + counts.pause + counts.partial,
      dropped: counts.refused + counts.shedPartial + counts.shedPause,
    }),
    counts: () => ({ ...counts }),
  };

  function leaveOut(kind: WaitingPass['kind']): undefined {
    if (kind === 'pause') {
      counts.shedPause += 1;
      return;
    }
    counts.refused += 1;
    throw new EarshotError('assistant_busy', `${waiting.length} utterances wait to be recognised`, 'Repeat it later.');
  }
}
