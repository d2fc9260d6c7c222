/**
 * What the listener computes from the sound of the microphone: only what it has been told to attend to.
 */
import type { ActorScope } from '../../src/core/actor/actor.ts';
import type { Attention, ListenerContract, SpeechStart } from '../../src/core/contracts/index.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { Patience } from '../../src/protocol/listening.ts';
import { createFramer } from '../capture/framer.ts';
import type { EchoState } from '../echo/echo-state.ts';
import { createEndRule, type EndRule } from './end-rule.ts';
import type { VoiceDetector } from './fvad-detector.ts';
import { createInterruptionRule, type InterruptionEdge } from './interruption-rule.ts';
import { createLevelGate, levelOf } from './level-gate.ts';
import type { SharedMicrophone } from './shared-microphone.ts';
import { createShortSounds } from './short-sounds.ts';
import { createStartRule } from './start-rule.ts';

/**
 * The recording begins this long before the speech: the first sound of a word (s, f, h) is no voice to the detector, and
 * in noise it finds the second syllable first (`npm run bench:listening`, “begin at most”).
 */
const PRE_ROLL_MS = 500;
/** A turn with less voice after its start was begun by a short sound, or is a short answer. */
const SHORT_VOICE_MS = 140;
/**
 * With a larger share of the power left, somebody else than the loudspeaker is in the microphone: 15 dB above what the canceller leaves of an echo, and from −17 to −10 dB. A person
 * 6 dB below the echo leaves less than a tenth in soft syllables (`npm run bench:room -- --rows interruptions`).
 */
const ABOVE_REMAINING_ECHO = 30;
const LEAST_RESIDUAL = 0.02;
const MOST_RESIDUAL = 0.1;

export interface SpeechWatchOptions {
  microphone: Pick<SharedMicrophone, 'beginNextAt'>;
  openVoiceDetector: () => Promise<VoiceDetector>;
  /** Undefined without an echo canceller. */
  echo?: Pick<EchoState, 'residual' | 'erleDb'> | undefined;
  /** The id of a turn that began then: ms since 1970. */
  newId: (startedAtMs: number) => string;
}

export interface SpeechWatch {
  /** The same as before: only the patience is another. */
  attend(to: Attention, patience: Patience): void;
  /** Waits longer for the end. */
  hold(holdMs: number): void;
  /** Nobody spoke in the turn that was begun last: it was the background. */
  refuse(): void;
  /** The next samples of the microphone. */
  add(block: Int16Array, lastSampleAtMs: number): void;
  /** The next samples do not continue the ones before: the card was closed or lost. */
  interrupt(): void;
  close(): void;
}

/** Gets each frame of 20 ms; `aboveDb`: how much louder it is than the background. */
type OnFrame = (isVoice: boolean, endsAtMs: number, aboveDb: number) => void;

export function createSpeechWatch(options: SpeechWatchOptions, scope: ActorScope<ListenerContract>): SpeechWatch {
  const { microphone, openVoiceDetector, echo, newId } = options;
  const { send, clock, run } = scope;
  const framer = createFramer(RECOMMENDED_FRAME_SIZE);
  const gate = createLevelGate();
  const shortSounds = createShortSounds();
  let detector: VoiceDetector | undefined;
  let isLoading = false;
  let isClosed = false;
  let onFrame: OnFrame | undefined;
  let attention: Attention = 'nothing';
  let patience: Patience = 'normal';
  /** While the person speaks and the end is awaited. */
  let endRule: EndRule | undefined;
  /** The speech of a turn has begun, and its end was not found yet. */
  let isSpeaking = false;
  let lastFrameAtMs = 0;
  /** Of the speech that ended last: it is part of that turn, not of the pre-roll of the next one. */
  let spokenUntilMs = Number.NEGATIVE_INFINITY;
  /** After the start of the speech. */
  let voiceMs = 0;

  async function load(): Promise<void> {
    isLoading = true;
    const opened = await openVoiceDetector();
    if (isClosed) opened.close();
    else detector = opened;
  }

  function hear(frame: Int16Array, isVoice: boolean, endsAtMs: number): void {
    lastFrameAtMs = endsAtMs;
    // A person who speaks over a reply is told from its echo by other means.
    if (attention === 'interruption') return onFrame?.(isVoice, endsAtMs, 0);
    const aboveDb = gate.aboveDb(levelOf(frame), !isSpeaking);
    if (isVoice && isSpeaking) spokenUntilMs = endsAtMs;
    onFrame?.(isVoice && aboveDb >= 0, endsAtMs, aboveDb);
  }

  function begin(atMs: number): SpeechStart {
    isSpeaking = true;
    voiceMs = 0;
    microphone.beginNextAt(Math.max(atMs - PRE_ROLL_MS, spokenUntilMs));
    return startOfTurn('voice', atMs, clock, newId);
  }

  function lookForStart(): OnFrame {
    const rule = createStartRule(shortSounds);
    return (isVoice, endsAtMs, aboveDb) => {
      const atMs = rule.add(isVoice, endsAtMs, aboveDb);
      if (atMs !== undefined) send({ type: 'speech.started', ...begin(atMs) });
    };
  }

  /** First for its beginning, when nothing was said yet. */
  function lookForEnd(): OnFrame {
    const startRule = createStartRule(shortSounds);
    if (isSpeaking) endRule = createEndRule(patience);
    return (isVoice, endsAtMs, aboveDb) => {
      if (endRule) return findEnd(endRule, isVoice, endsAtMs);
      const atMs = startRule.add(isVoice, endsAtMs, aboveDb);
      if (atMs === undefined) return;
      isSpeaking = true;
      voiceMs = 0;
      endRule = createEndRule(patience);
      send({ type: 'speech.started', ...startOfTurn('voice', atMs, clock, newId) });
    };
  }

  function findEnd(rule: EndRule, isVoice: boolean, endsAtMs: number): void {
    if (isVoice) voiceMs += FRAME_MS;
    const end = rule.add(isVoice, endsAtMs);
    if (!end) return;
    isSpeaking = false;
    if (voiceMs < SHORT_VOICE_MS) shortSounds.note(endsAtMs);
    send({ type: 'speech.ended', ...end });
  }

  function lookForInterruption(): OnFrame {
    const rule = createInterruptionRule();
    return (isVoice, endsAtMs) => {
      const interruption = rule.add(isVoice && isNotEcho(), endsAtMs);
      if (interruption) report(interruption);
    };
  }

  function isNotEcho(): boolean {
    if (!echo) return true;
    const limit = ABOVE_REMAINING_ECHO * 10 ** (-echo.erleDb / 10);
    return echo.residual > Math.min(MOST_RESIDUAL, Math.max(LEAST_RESIDUAL, limit));
  }

  function report({ is, atMs }: InterruptionEdge): void {
    if (is === 'confirmed') send({ type: 'interruption.confirmed', ...begin(atMs) });
    else send({ type: `interruption.${is}`, atMs });
  }

  function lookFor(): OnFrame | undefined {
    switch (attention) {
      case 'speech':
        return lookForStart();
      case 'interruption':
        return lookForInterruption();
      case 'end':
        return lookForEnd();
    }
    return undefined;
  }

  function attendTo(to: Attention): void {
    attention = to;
    endRule = undefined;
    onFrame = lookFor();
    if (to !== 'end') isSpeaking = false;
    // Nobody has recorded the speech before, and nobody will.
    if (to === 'speech') microphone.beginNextAt(undefined);
    if (onFrame && !isLoading) run(load);
    if (!onFrame) framer.flush();
  }

  return {
    attend(to, nextPatience) {
      patience = nextPatience;
      endRule?.setPatience(patience);
      if (to !== attention) attendTo(to);
    },
    hold: (holdMs) => endRule?.hold(holdMs),
    refuse() {
      shortSounds.refuse(lastFrameAtMs);
      gate.learnLastSpeech();
    },
    add(block, lastSampleAtMs) {
      const loaded = detector;
      if (!onFrame || !loaded) return;
      framer.add(block, (frame, samplesAfter) => {
        hear(frame, loaded.isVoice(frame), lastSampleAtMs - samplesAfter / SAMPLES_PER_MS);
      });
    },
    interrupt() {
      framer.flush();
    },
    close() {
      isClosed = true;
      detector?.close();
      onFrame = undefined;
    },
  };
}

/** A turn whose speech began at `atMs`, by the monotonic clock. */
export function startOfTurn(
  trigger: 'voice' | 'wake',
  atMs: number,
  clock: Pick<ActorScope<ListenerContract>['clock'], 'now' | 'wallNow'>,
  newId: (startedAtMs: number) => string,
): SpeechStart {
  const startedAtMs = Math.round(clock.wallNow() - (clock.now() - atMs));
  return { id: newId(startedAtMs), trigger, startedAtMs, atMs };
}
