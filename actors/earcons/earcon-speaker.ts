/**
 * A speaker for replies and earcons: most cards can be opened only once. While a reply has it open, an earcon is added
 * to the reply's samples, or to the silence before them; so it delays nothing. Otherwise the speaker is opened for the
 * earcon, and a reply that begins meanwhile takes it over.
 */
import { createScope, guardEach, type OwnedScope, type Scope } from '../../src/core/actor/scope.ts';
import { EarshotError, errorFields } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { OpenSpeaker, Speaker, SpeakerHandlers } from '../sound/port.ts';
import { type Earcon, synthesiseEarcon } from './earcons.ts';

/** An earcon that could not begin by then, because the card is slow to open, would only confuse. */
const STALE_AFTER_MS = 700;
/** A sound server that is woken takes the first blocks and the next ones a second later: the rest would be another sound. */
const LONGEST_GAP_MS = 150;
/** What a room adds to the end of a sound. */
const ROOM_TAIL_MS = 60;
/** More at once would be noise: the oldest are dropped. */
const MAX_AT_ONCE = 3;

export interface EarconSpeakerOptions {
  openSpeaker: OpenSpeaker;
  clock: Clock;
  log: Log;
  volumePercent: () => number;
}

export interface EarconSpeaker {
  /** For replies. */
  readonly open: OpenSpeaker;
  play(name: Earcon): void;
  /** Ends all earcons; what the card has already is still played. */
  cut(): void;
  /** Whether an earcon may be in what a microphone records in this time. */
  isAudible(fromMs: number, toMs: number): boolean;
}

interface Sound {
  samples: Int16Array;
  next: number;
  askedAtMs: number;
  lastAtMs: number;
}

/** One opening of the speaker. */
interface Line {
  opened: Promise<Speaker>;
  speaker?: Speaker;
  /** Of the scope in which it was opened: the card ends with it. */
  clock: Clock;
  closeTimer?: unknown;
  /** Where it was opened for an earcon. */
  scope?: OwnedScope;
  /** The reply that uses it. */
  reply: SpeakerHandlers | undefined;
}

export function createEarconSpeaker({ openSpeaker, clock, log, volumePercent }: EarconSpeakerOptions): EarconSpeaker {
  const made = new Map<Earcon, Int16Array>();
  let line: Line | undefined;
  let sounds: Sound[] = [];
  /** When earcons are audible. */
  let audibleFromMs = Number.POSITIVE_INFINITY;
  let audibleUntilMs = Number.NEGATIVE_INFINITY;

  function openLine(opening: Line, owner: Scope): Line {
    const handlers: SpeakerHandlers = {
      onDemand: (block, dueAtMs) => demand(opening, block, dueAtMs),
      // Alone, an earcon is given as late as possible: a reply that begins meanwhile does not wait for it.
      isReady: (dueAtMs) => opening.reply?.isReady?.(dueAtMs) ?? false,
      onUnderflow: () => opening.reply?.onUnderflow(),
      onLost(error) {
        forget(opening);
        opening.reply?.onLost(error);
      },
    };
    opening.opened = openSpeaker(opening.scope ? guardEach(handlers, owner) : handlers, owner).then(
      (speaker) => {
        opening.speaker = speaker;
        if (!opening.scope?.isOver()) return speaker;
        // The earcon was ended while the card was opened.
        speaker.close();
        throw speakerFailed();
      },
      (error) => {
        forget(opening);
        throw error;
      },
    );
    // Whoever opened it may have failed before it could wait for this.
    opening.opened.catch(() => {});
    line = opening;
    return opening;
  }

  function forget(old: Line): void {
    if (line !== old) return;
    line = undefined;
    sounds = [];
    old.clock.clearTimeout(old.closeTimer);
    old.scope?.end();
  }

  function demand(of: Line, block: Int16Array, dueAtMs: number): number {
    const count = of.reply ? of.reply.onDemand(block, dueAtMs) : block.length;
    if (sounds.length > 0 && of === line) mix(of, block.subarray(0, count), dueAtMs);
    return count;
  }

  function mix(of: Line, block: Int16Array, dueAtMs: number): void {
    const gain = volumePercent() / 100;
    const latencyMs = of.speaker?.outputLatencyMs ?? 0;
    const nowMs = clock.now();
    sounds = sounds.filter(({ next, askedAtMs, lastAtMs }) =>
      next > 0 ? nowMs - lastAtMs <= LONGEST_GAP_MS : nowMs - askedAtMs <= STALE_AFTER_MS,
    );
    if (sounds.length > 0) {
      if (dueAtMs > audibleUntilMs) audibleFromMs = dueAtMs;
      audibleUntilMs = dueAtMs + block.length / SAMPLES_PER_MS + latencyMs + ROOM_TAIL_MS;
    }
    for (const sound of sounds) {
      const part = sound.samples.subarray(sound.next, sound.next + block.length);
      for (let i = 0; i < part.length; i++) {
        const sample = Math.round((block[i] ?? 0) + (part[i] ?? 0) * gain);
        block[i] = Math.max(-32_768, Math.min(32_767, sample));
      }
      sound.next += part.length;
      sound.lastAtMs = nowMs;
    }
    sounds = sounds.filter(({ next, samples }) => next < samples.length);
    if (sounds.length === 0 && !of.reply) closeLater(of);
  }

  /** When the card has played what it has; at once if it asks for nothing more, because its scope is over. */
  function closeLater(unused: Line): void {
    unused.clock.clearTimeout(unused.closeTimer);
    unused.closeTimer = unused.clock.setTimeout(
      () => {
        if (line === unused && !unused.reply && sounds.length === 0) close(unused);
      },
      (unused.speaker?.outputLatencyMs ?? 0) + BLOCK_MS,
    );
    if (unused.closeTimer === undefined) close(unused);
  }

  function close(old: Line): void {
    old.speaker?.close();
    forget(old);
  }

  function playAlone(): void {
    const alone: Line = { ...NEW_LINE, clock };
    const scope = createScope('an earcon', {
      clock,
      log,
      onCrash(error) {
        log.error('an earcon has crashed', errorFields(error));
        close(alone);
        // A reply that has taken the speaker over opens it again; one that still waits for it is rejected.
        if (alone.speaker) alone.reply?.onLost(speakerFailed());
      },
    });
    alone.scope = scope;
    alone.clock = scope.clock;
    openLine(alone, scope);
    scope.run(() =>
      alone.opened.then(
        () => {},
        (error) => log.debug('the speaker cannot be opened for an earcon', errorFields(error)),
      ),
    );
  }

  async function open(reply: SpeakerHandlers, owner: Scope): Promise<Speaker> {
    const used = line && !line.reply ? line : openLine({ ...NEW_LINE, clock: owner.clock, reply }, owner);
    used.clock.clearTimeout(used.closeTimer);
    used.reply = reply;
    const speaker = await used.opened;
    return {
      device: speaker.device,
      get outputLatencyMs() {
        return speaker.outputLatencyMs;
      },
      ...(speaker.guardMs !== undefined && {
        get guardMs() {
          return speaker.guardMs ?? 0;
        },
      }),
      offer: () => speaker.offer?.(),
      close() {
        if (used.reply !== reply) return;
        used.reply = undefined;
        if (used === line && sounds.length > 0) closeLater(used);
        else close(used);
      },
    };
  }

  return {
    open,
    play(name) {
      const samples = made.get(name) ?? synthesiseEarcon(name);
      made.set(name, samples);
      sounds = [...sounds, { samples, next: 0, askedAtMs: clock.now(), lastAtMs: 0 }].slice(-MAX_AT_ONCE);
      if (!line) playAlone();
    },
    cut() {
      sounds = [];
      if (line && !line.reply) closeLater(line);
    },
    isAudible: (fromMs, toMs) => fromMs < audibleUntilMs && toMs > audibleFromMs,
  };
}

function speakerFailed(): EarshotError {
  return new EarshotError('device_lost', 'The speaker failed', 'It is opened again automatically.');
}

const NEW_LINE: Omit<Line, 'clock'> = { reply: undefined, opened: Promise.resolve(undefined as never) };
/** A block that is being asked for. */
const BLOCK_MS = 10;
