/** What the detector and the rules make of a soundscape. */
import { createEndRule } from '../../../actors/listening/end-rule.ts';
import { createLevelGate, levelOf } from '../../../actors/listening/level-gate.ts';
import { createStartRule } from '../../../actors/listening/start-rule.ts';
import { openVoiceDetector } from '../../../actors/listening/voice-detector.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE } from '../../../src/protocol/format.ts';
import type { Patience } from '../../../src/protocol/listening.ts';
import type { Soundscape } from './soundscape.ts';

/** What begins this shortly before or after the speech belongs to it; the detector's own delay is in it. */
const BEFORE_MS = 100;
const AFTER_MS = 400;
/** Speech in a turn that noise has begun is in that turn, unless there was such a pause before. */
const PAUSE_MS = 500;

export interface Starts {
  foundShare: number;
  falseStartsAMinute: number;
  /** From the first sound until the start is reported. */
  onsetsMs: number[];
  /** From the first sound until the reported beginning: the pre-roll must be longer. */
  latenessMs: number[];
}

/** @param withGate whether the level of the background counts, too */
export async function measureStarts({ samples, utterances }: Soundscape, withGate = true): Promise<Starts> {
  const detector = await openVoiceDetector();
  const [gate, rule] = [createLevelGate(), createStartRule()];
  const starts: { atMs: number; reportedAtMs: number; lastVoiceAtMs: number }[] = [];
  for (const { frame, endsAtMs } of framesOf(samples)) {
    const isSpeech = utterances.some(({ fromMs, toMs }) => endsAtMs > fromMs && endsAtMs <= toMs);
    const aboveDb = gate.aboveDb(levelOf(frame), !isSpeech);
    const isLoud = aboveDb >= 0 || !withGate;
    const isVoice = detector.isVoice(frame) && isLoud;
    const atMs = rule.add(isVoice, endsAtMs, aboveDb);
    if (atMs !== undefined) starts.push({ atMs, reportedAtMs: endsAtMs, lastVoiceAtMs: endsAtMs });
    const current = starts.at(-1);
    if (isVoice && current && endsAtMs - current.lastVoiceAtMs < PAUSE_MS) current.lastVoiceAtMs = endsAtMs;
  }
  detector.close();
  const isOf = (reportedAtMs: number, { fromMs, toMs }: Soundscape['utterances'][number]) =>
    reportedAtMs >= fromMs - BEFORE_MS && reportedAtMs <= toMs + AFTER_MS;
  const found = utterances.flatMap((utterance) => {
    const start = starts.find(({ reportedAtMs }) => isOf(reportedAtMs, utterance));
    return start ? [{ ...start, fromMs: utterance.fromMs }] : [];
  });
  const silentMs = utterances.reduce((left, { fromMs, toMs }) => left - (toMs - fromMs), durationMs(samples));
  const wrong = starts.filter(({ reportedAtMs }) => !utterances.some((each) => isOf(reportedAtMs, each)));
  const isCovered = ({ fromMs }: Soundscape['utterances'][number]) =>
    starts.some(({ reportedAtMs, lastVoiceAtMs }) => reportedAtMs < fromMs && lastVoiceAtMs > fromMs);
  const isFound = (utterance: Soundscape['utterances'][number]) =>
    isCovered(utterance) || starts.some(({ reportedAtMs }) => isOf(reportedAtMs, utterance));
  return {
    foundShare: utterances.filter(isFound).length / utterances.length,
    falseStartsAMinute: wrong.length / (silentMs / 60_000),
    onsetsMs: found.map(({ reportedAtMs, fromMs }) => reportedAtMs - fromMs),
    latenessMs: found.map(({ atMs, fromMs }) => atMs - fromMs),
  };
}

export interface Ends {
  /** From the last sound until the end is reported, of the utterances that were not cut. */
  delaysMs: number[];
  cutShare: number;
}

/** Each utterance with its pauses, on the device alone. */
export async function measureEnds({ samples, utterances }: Soundscape, patience: Patience): Promise<Ends> {
  const detector = await openVoiceDetector();
  const gate = createLevelGate();
  const delaysMs: number[] = [];
  let current: { toMs: number; rule: ReturnType<typeof createEndRule> } | undefined;
  let start = createStartRule();
  let cut = 0;
  let next = 0;
  for (const { frame, endsAtMs } of framesOf(samples)) {
    const aboveDb = gate.aboveDb(levelOf(frame), !current);
    const isVoice = aboveDb >= 0 && detector.isVoice(frame);
    if (current) {
      if (!current.rule.add(isVoice, endsAtMs)) continue;
      if (endsAtMs < current.toMs) cut += 1;
      else delaysMs.push(endsAtMs - current.toMs);
      current = undefined;
      start = createStartRule();
      continue;
    }
    if (start.add(isVoice, endsAtMs, aboveDb) === undefined) continue;
    while (utterances[next] && (utterances[next]?.toMs ?? 0) < endsAtMs - AFTER_MS) next += 1;
    const utterance = utterances[next];
    // The rest of an utterance that was cut is none of its own.
    if (!utterance || endsAtMs < utterance.fromMs - BEFORE_MS) continue;
    current = { toMs: utterance.toMs, rule: createEndRule(patience) };
    if (delaysMs.length + cut > next) current = undefined;
  }
  detector.close();
  return { delaysMs, cutShare: cut / utterances.length };
}

function* framesOf(samples: Int16Array): Generator<{ frame: Int16Array; endsAtMs: number }> {
  for (let i = 0; (i + 1) * RECOMMENDED_FRAME_SIZE <= samples.length; i++) {
    const frame = samples.subarray(i * RECOMMENDED_FRAME_SIZE, (i + 1) * RECOMMENDED_FRAME_SIZE);
    yield { frame, endsAtMs: (i + 1) * FRAME_MS };
  }
}

function durationMs(samples: Int16Array): number {
  return (samples.length / RECOMMENDED_FRAME_SIZE) * FRAME_MS;
}
