/** A person speaks over a reply: it stops soon, and nothing but a person stops it. */
import { percentiles } from '../../../src/tools/latency/statistics.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import type { HeardBlock } from '../../room/acoustics.ts';
import { saying } from '../../room/long-reply.ts';
import { LIVING_ROOM } from '../../room/plans.ts';
import { startVirtualLine, type VirtualLine } from '../../room/virtual-line.ts';
import { type BenchContext, SPEECH_DB, VOICE } from './context.ts';
import { replyOf } from './echo.ts';
import type { Row } from './row.ts';
import { sayAt } from './scene.ts';

const INTERRUPTIONS = 30;
const FALSE_MINUTES = 10;
const REPLY_S = 30;
/** At the microphone, against a reply of −20 dB. */
const ECHO_DB = -3;
const ECHO_LEVEL_DB = -20 + ECHO_DB;
/** Talkers: as loud as the echo, and softer. */
const BELOW_ECHO_DB = [0, 6];
/** Of full scale. */
const AUDIBLE = 0.001;
/** Within a sentence of the reply it is silent for less. */
const SILENCE_MS = 400;
const plan = LIVING_ROOM;

export async function interruptions({ seed, isQuick, speech, onProgress }: BenchContext): Promise<Row[]> {
  const random = createRandom(seed);
  const soundedAtMs: number[] = [];
  const line = await startVirtualLine({
    ...{ settings: VOICE, seed, canceller: 'speex', responder: saying(replyOf(speech, REPLY_S)) },
    loudspeaker: { echoDb: ECHO_DB, driftPpm: 0, drive: 0 },
    tap({ emitted }: HeardBlock, atMs: number) {
      if (emitted.some((sample) => Math.abs(sample) > AUDIBLE)) soundedAtMs.push(atMs + 10);
    },
  });
  const replies = isQuick ? 2 : (FALSE_MINUTES * 60) / REPLY_S;
  for (let i = 0; i < replies; i++) {
    await ask(line, speech);
    await line.clock.runUntil(() => line.state() === 'idle', 120_000, 'the reply has been played');
    onProgress('replies without an interruption', (i + 1) / replies);
  }
  const falseStops = line.records.filter(({ outcome }) => outcome === 'barge-in').length;
  const converged = line.notes.some(({ is }) => is.type === 'echo.changed' && is.converged);

  const rows: Row[] = [];
  const count = isQuick ? 3 : INTERRUPTIONS;
  for (const belowEchoDb of BELOW_ECHO_DB) {
    const silentAfterMs: number[] = [];
    let found = 0;
    for (let i = 0; i < count; i++) {
      await ask(line, speech);
      const atMs = line.clock.now() + 2_000 + 2_000 * random();
      const before = line.records.length;
      soundedAtMs.length = 0;
      const { fromMs, toMs } = sayAt(line, speech.next(), atMs, { plan, levelDb: ECHO_LEVEL_DB - belowEchoDb });
      await line.clock.run(toMs + 1_000 - line.clock.now());
      if (line.records[before]?.outcome === 'barge-in') {
        found += 1;
        const stopped = soundedAtMs.find((at, k) => {
          const nextAtMs = soundedAtMs[k + 1] ?? Number.POSITIVE_INFINITY;
          return nextAtMs > fromMs && nextAtMs - at > SILENCE_MS;
        });
        // In a pause of the reply there is nothing to stop.
        if (stopped !== undefined && stopped > fromMs) silentAfterMs.push(stopped - fromMs);
      }
      line.cancel();
      await line.clock.runUntil(() => line.state() === 'idle', 120_000, 'it is over');
      await line.clock.run(1_500);
      onProgress(`interruptions, ${belowEchoDb} dB below the echo`, (i + 1) / count);
    }
    const { p50, p95 } = percentiles(silentAfterMs) ?? { p50: Number.NaN, p95: Number.NaN };
    const level = `${belowEchoDb} dB below the echo`;
    rows.push(
      {
        ...{ name: `first syllable → silence, p95, ${level}`, measured: p95, unit: 'ms', goal: { atMost: 450 } },
        detail: `acoustic, of ${silentAfterMs.length}, p50 ${p50.toFixed(0)} ms; canceller ${converged ? 'converged' : 'NOT converged'}`,
      },
      {
        ...{ name: `interruptions found, ${level}`, measured: (100 * found) / count, unit: '%', goal: { atLeast: 90 } },
        detail: `${found} of ${count}`,
      },
    );
  }
  line.stop();
  return [
    ...rows,
    {
      ...{ name: 'interruptions by nobody', measured: falseStops, unit: '', goal: { atMost: 0 } },
      detail: `in ${(replies * REPLY_S) / 60} min of replies, from the first one on`,
    },
  ];
}

/** A turn, until its reply plays. */
async function ask(line: VirtualLine, speech: BenchContext['speech']): Promise<void> {
  await line.clock.runUntil(() => line.state() === 'idle', 120_000, 'it waits');
  sayAt(line, speech.next(), line.clock.now() + 800, { plan, levelDb: SPEECH_DB });
  await line.clock.runUntil(() => line.state() === 'playing', 30_000, 'the reply plays');
}
