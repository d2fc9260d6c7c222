/**
 * Echo cancellation in simulated rooms: how much of the echo is removed, what it costs, and whether a person who speaks over a reply is
 * found, and a reply that nobody interrupts is not taken for one.
 *
 *     npm run bench:echo -- [--canceller speex] [--rooms 10] [--first-seed 1]
 *
 * Rooms from seed 1 are for tuning, those from 101 (the default) for checking. The replies are the project's recordings, the talkers
 * the same recordings at another speed: other voices. Levels of the talker are those beside the echo's at the microphone.
 */
import type { VoiceDetector } from '../../../actors/listening/fvad-detector.ts';
import { createInterruptionRule } from '../../../actors/listening/interruption-rule.ts';
import { openVoiceDetector } from '../../../actors/listening/voice-detector.ts';
import { BUNDLED_QUESTION } from '../../../src/core/files/bundled.ts';
import { type EchoTrial, openEchoTrial } from '../../echo/echo-trial.ts';
import { Acoustics, BLOCK } from '../../room/acoustics.ts';
import { anyRoom } from '../../room/plans.ts';
import { commandOptions, count, text } from '../../support/command-options.ts';
import { LONG_SPEECH, readSamples, SHORT_SPEECH } from '../../support/speech.ts';

const { canceller, rooms, firstSeed } = commandOptions('npm run bench:echo', 'Echo cancellation in simulated rooms.', {
  canceller: text('name', 'which one', 'speex'),
  rooms: count('rooms', 10),
  firstSeed: count('of the rooms: 1 for tuning, 101 for checking', 101, 0),
});

const say = (line: string) => process.stdout.write(`${line}\n`);

const MIDDLE_SPEECH = LONG_SPEECH.replace('0870', '0920');
/** About 17 s. */
const REPLY = joined([LONG_SPEECH, SHORT_SPEECH, MIDDLE_SPEECH].map(readSamples));
/** A deeper and a higher voice. */
const TALKERS = [BUNDLED_QUESTION, SHORT_SPEECH].flatMap((path) =>
  [0.87, 1.12].map((rate) => sped(readSamples(path), rate)),
);
const ECHO_DB = 3;
const LOUDNESS_DB = -20;
const FRAME = 320;
/** As in actors/listening/speech-watch.ts. */
const RESIDUAL_LIMIT = 0.1;

interface Watch {
  onSamples(samples: Int16Array): void;
  suspected: number;
  confirmed: number;
  arm(): void;
}

/** The listener's rule on what is left of the microphone. */
function watchFor(detector: VoiceDetector, trial: () => EchoTrial | undefined): Watch {
  let rule = createInterruptionRule();
  let rest = new Int16Array(0);
  let endsAtMs = 0;
  const watch: Watch = {
    suspected: 0,
    confirmed: 0,
    arm() {
      rule = createInterruptionRule();
      watch.suspected = 0;
      watch.confirmed = 0;
    },
    onSamples(samples) {
      const all = joined([rest, samples]);
      let at = 0;
      for (; at + FRAME <= all.length; at += FRAME) {
        endsAtMs += 20;
        const state = trial()?.echo.state;
        const isVoice = detector.isVoice(all.subarray(at, at + FRAME));
        const isLeft = (state?.residual ?? 1) > RESIDUAL_LIMIT;
        if (!state?.isConverged) continue;
        const edge = rule.add(isVoice && isLeft, endsAtMs);
        if (edge?.is === 'suspected') watch.suspected += 1;
        if (edge?.is === 'confirmed') {
          watch.confirmed += 1;
          rule = createInterruptionRule();
        }
      }
      rest = all.slice(at);
    },
  };
  return watch;
}

function roomOf(seed: number, driftPpm: number): Acoustics {
  const loudspeaker = { echoDb: ECHO_DB, driftPpm, drive: 0.5 };
  const noise = { colour: 'pink', levelDb: -60 } as const;
  return new Acoustics({ plan: anyRoom(seed), loudspeaker, noise, seed });
}

function openRoom(acoustics: Acoustics, seed: number, seconds: number, watch?: (samples: Int16Array) => void) {
  const errorsMs = [seed % 17, -(seed % 11), 4];
  return openEchoTrial({
    ...{ acoustics, seconds, canceller },
    hiddenDelayMs: 10 + ((seed * 7) % 90),
    speakerErrorMs: () => errorsMs.shift() ?? 0,
    ...(watch && { onSamples: watch }),
  });
}

/** After the canceller has converged: from 8 s of the reply on. */
async function removedIn(seed: number, driftPpm: number) {
  const trial = await openRoom(roomOf(seed, driftPpm), seed, 60);
  let convergedAt: number | undefined;
  trial.echo.state.onChange(({ isConverged }) => {
    if (isConverged) convergedAt ??= trial.at();
  });
  trial.wait(500);
  const begin = trial.samples;
  await trial.play(REPLY);
  const cpuMsPerS = (await replayedCpuMs(trial, canceller)) - (await replayedCpuMs(trial, 'none'));
  const erleDb = trial.reductionDb(begin / 16_000 + 8, begin / 16_000 + 16);
  const convergedMs = convergedAt === undefined ? Number.NaN : (convergedAt - begin) / 16;
  trial.close();
  return { erleDb, convergedMs, cpuMsPerS };
}

/** Processor time a second with this canceller, of what the microphone recorded: the room itself costs nothing here. */
async function replayedCpuMs({ before }: EchoTrial, canceller: string): Promise<number> {
  const microphone = new Float64Array(BLOCK);
  const ignore = () => {};
  const acoustics = {
    loudspeaker: { begin: ignore, give: ignore, stall: ignore },
    hear(from: number) {
      for (let i = 0; i < BLOCK; i++) microphone[i] = (before[from + i] ?? 0) / 32_768;
      return { microphone };
    },
  };
  const trial = await openEchoTrial({ acoustics: acoustics as unknown as Acoustics, seconds: 60, canceller });
  trial.wait(500);
  const [started, begin] = [process.cpuUsage(), trial.samples];
  await trial.play(REPLY);
  const used = process.cpuUsage(started);
  trial.close();
  return (used.user + used.system) / 1_000 / ((trial.samples - begin) / 16_000);
}

/** `levelDb`: of the talker; undefined: nobody speaks. */
async function interruptionsIn(seed: number, levelDb: number | undefined) {
  const detector = await openVoiceDetector();
  let trial: EchoTrial | undefined;
  const watch = watchFor(detector, () => trial);
  const room = roomOf(seed, 0);
  trial = await openRoom(room, seed, 60, watch.onSamples);
  await trial.play(REPLY);
  watch.arm();
  let found = 0;
  let of = 0;
  const begin = trial.samples;
  if (levelDb === undefined) await trial.play(REPLY);
  else {
    const talker = TALKERS[seed % TALKERS.length] as Int16Array;
    const echoDb = LOUDNESS_DB + ECHO_DB;
    room.say(talker, { at: trial.at() + 5 * 16_000, levelDb: echoDb + levelDb });
    await trial.play(REPLY);
    of = 1;
    found = watch.suspected > 0 ? 1 : 0;
  }
  const seconds = (trial.samples - begin) / 16_000;
  trial.close();
  detector.close();
  return { found, of, suspected: watch.suspected, confirmed: watch.confirmed, seconds };
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function sped(samples: Int16Array, rate: number): Int16Array {
  return Int16Array.from({ length: Math.floor(samples.length / rate) }, (_, i) => {
    const at = i * rate;
    const whole = Math.floor(at);
    return (samples[whole] ?? 0) * (1 - at + whole) + (samples[whole + 1] ?? 0) * (at - whole);
  });
}

function quantile(all: readonly number[], share: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const seeds = Array.from({ length: rooms }, (_, i) => firstSeed + i);
say(`${canceller}, ${rooms} rooms from seed ${firstSeed}\n`);
for (const driftPpm of [0, 100, 200]) {
  const all: Awaited<ReturnType<typeof removedIn>>[] = [];
  for (const seed of seeds) all.push(await removedIn(seed, driftPpm));
  const [erle, converged, cpu] = (['erleDb', 'convergedMs', 'cpuMsPerS'] as const).map((key) =>
    all.map((one) => one[key]),
  );
  const goal = driftPpm === 0 ? ' (goals: 22 and 15 dB, 6 ms)' : '';
  say(
    `drift ${driftPpm} ppm: ERLE median ${quantile(erle ?? [], 0.5).toFixed(1)}, worst ${Math.min(...(erle ?? [])).toFixed(1)} dB; ` +
      `converged after ${quantile(converged ?? [], 0.5).toFixed(0)} ms, at most ${Math.max(...(converged ?? [])).toFixed(0)}; ` +
      `CPU ${quantile(cpu ?? [], 0.5).toFixed(1)} ms a second${goal}`,
  );
}
for (const levelDb of [-12, -6, 0, 6]) {
  let [found, of] = [0, 0];
  for (const seed of seeds) {
    const one = await interruptionsIn(seed, levelDb);
    found += one.found;
    of += one.of;
  }
  say(`a talker ${levelDb} dB beside the echo: found ${found} of ${of}${levelDb === -6 ? ' (goal: 90 %)' : ''}`);
}
let [suspected, confirmed, seconds] = [0, 0, 0];
for (const seed of seeds) {
  const one = await interruptionsIn(seed, undefined);
  suspected += one.suspected;
  confirmed += one.confirmed;
  seconds += one.seconds;
}
say(`nobody speaks: ${suspected} suspected, ${confirmed} confirmed in ${seconds.toFixed(0)} s of replies (goal: 0)`);
