/**
 * What a microphone in a room hears: talkers and other sounds through the room, the loudspeaker beside it, and noise. By sample, from any
 * sample on; without cards and clocks. Seeded. Pure.
 */
import { speechLevel } from '../../src/tools/eval/utterance.ts';
import { convolve } from './convolve.ts';
import { type Convolver, createConvolver } from './convolver.ts';
import { impulseResponse, type Point, type RoomShape } from './impulse-response.ts';
import { Loudspeaker } from './loudspeaker.ts';
import { type Noise, type NoiseColour, noise, rms } from './sounds.ts';

/** Samples that are computed at a time. */
export const BLOCK = 160;

/** A room, and where in it everything is. */
export interface RoomPlan extends Omit<RoomShape, 'seed'> {
  microphone: Point;
  loudspeaker: Point;
  talker: Point;
}

export interface LoudspeakerPlan {
  /** How much louder the loudspeaker is at the microphone than what it was given, dB (of noise: the energy of its path). */
  echoDb: number;
  /** How much faster the speaker's card plays than the microphone's records. */
  driftPpm: number;
  /** See {@link Loudspeaker}. */
  drive: number;
}

export interface AcousticsOptions {
  plan: RoomPlan;
  loudspeaker: LoudspeakerPlan;
  /** What is always there, the microphone's own noise included; dB of full scale. */
  noise: { colour: NoiseColour; levelDb: number };
  seed: number;
}

/** A sound as it arrives at the microphone, placed in time. In samples of the room. */
export interface PlacedSound {
  from: number;
  /** Not included. */
  to: number;
  /** At the microphone, with its reverberation, before the gain. */
  samples: Float32Array;
  gain: number;
}

interface Source extends PlacedSound {
  /** Again and again, as long as it lasts. */
  isRepeated: boolean;
}

/** One block of the microphone, by its parts, from −1 to 1. Valid until the next block. */
export interface HeardBlock {
  /** The first sample. */
  from: number;
  microphone: Float64Array;
  /** Of the loudspeaker alone. */
  echo: Float64Array;
  /** What the loudspeaker emits, before the room. */
  emitted: Float64Array;
}

export class Acoustics {
  readonly loudspeaker: Loudspeaker;
  /** From the loudspeaker to the microphone, at its level. */
  readonly echoPath: Float32Array;
  readonly #options: AcousticsOptions;
  readonly #echo: Convolver;
  readonly #noise: Noise;
  readonly #noiseGain: number;
  readonly #block: HeardBlock = {
    ...{
      from: 0,
      microphone: new Float64Array(BLOCK),
      echo: new Float64Array(BLOCK),
      emitted: new Float64Array(BLOCK),
    },
  };
  #sources: Source[] = [];
  #paths = new Map<string, Float32Array>();
  #next = 0;

  constructor(options: AcousticsOptions) {
    const { plan, loudspeaker, noise: background, seed } = options;
    this.#options = options;
    this.loudspeaker = new Loudspeaker(loudspeaker);
    const path = this.pathFrom(plan.loudspeaker);
    const scale = fromDb(loudspeaker.echoDb) / Math.sqrt(path.reduce((sum, tap) => sum + tap * tap, 0));
    this.echoPath = path.map((tap) => tap * scale);
    this.#echo = createConvolver(this.echoPath, BLOCK);
    this.#noise = noise(background.colour, seed + 1);
    this.#noiseGain = fromDb(background.levelDb);
  }

  /** The impulse response from there to the microphone. */
  pathFrom(from: Point): Float32Array {
    const key = from.join();
    const { plan, seed } = this.#options;
    const known = this.#paths.get(key);
    if (known) return known;
    const path = impulseResponse({ ...plan, seed: seed + 2 }, from, plan.microphone);
    this.#paths.set(key, path);
    return path;
  }

  /**
   * A talker. `at`: the first sample of the recording; the sound arrives later, by its distance.
   *
   * @param levelDb of the speech at the microphone, dB of full scale: the root mean square of its windows with speech
   */
  say(speech: Int16Array, { at, levelDb, from }: { at: number; levelDb: number; from?: Point }): PlacedSound {
    const samples = throughRoom(speech, this.pathFrom(from ?? this.#options.plan.talker));
    return this.#add(samples, speechLevel(samples) * 32_768, { at, levelDb });
  }

  /** Any other sound, once. `levelDb`: of its root mean square. */
  play(sound: ArrayLike<number>, { at, levelDb, from }: { at: number; levelDb: number; from: Point }): PlacedSound {
    const samples = throughRoom(sound, this.pathFrom(from));
    return this.#add(samples, rms(samples), { at, levelDb });
  }

  /** A sound that is repeated until then. */
  repeat(
    sound: ArrayLike<number>,
    { at, to, levelDb, from }: { at: number; to: number; levelDb: number; from: Point },
  ): PlacedSound {
    const whole = throughRoom(sound, this.pathFrom(from));
    // Its reverberation continues in its beginning.
    const samples = whole.slice(0, sound.length);
    for (let i = sound.length; i < whole.length; i++) {
      const into = i % sound.length;
      samples[into] = (samples[into] ?? 0) + (whole[i] ?? 0);
    }
    const source = this.#add(samples, rms(samples), { at, levelDb });
    Object.assign(source, { to: Math.round(to), isRepeated: true });
    return source;
  }

  /** The next block from this sample on. Time does not go back. */
  hear(from: number): HeardBlock {
    if (from !== this.#next) this.#catchUp(from);
    this.#next = from + BLOCK;
    const block = this.#block;
    block.from = from;
    this.loudspeaker.emit(from, block.emitted);
    block.echo.set(this.#echo.next(block.emitted));
    this.#noise(block.microphone);
    for (let i = 0; i < BLOCK; i++) {
      block.microphone[i] = (block.microphone[i] ?? 0) * this.#noiseGain + (block.echo[i] ?? 0);
    }
    for (const source of this.#sources) addSource(block.microphone, from, source);
    if (this.#sources.some(({ to }) => to <= from)) this.#sources = this.#sources.filter(({ to }) => to > from);
    return block;
  }

  /** Nobody listened: what the loudspeaker played last still sounds. */
  #catchUp(from: number): void {
    this.#echo.reset();
    const blocks = Math.ceil(this.echoPath.length / BLOCK);
    for (let i = blocks; i > 0; i--) {
      this.loudspeaker.emit(from - i * BLOCK, this.#block.emitted);
      this.#echo.next(this.#block.emitted);
    }
  }

  #add(samples: Float32Array, level: number, { at, levelDb }: { at: number; levelDb: number }): Source {
    const from = Math.round(at);
    const gain = level === 0 ? 0 : fromDb(levelDb) / level;
    const source = { samples, gain, from, to: from + samples.length, isRepeated: false };
    this.#sources.push(source);
    return source;
  }
}

/** The whole of a sound, with its reverberation. */
function throughRoom(sound: ArrayLike<number>, path: Float32Array): Float32Array {
  const signal = new Float32Array(sound.length + path.length);
  signal.set(sound);
  return convolve(signal, path);
}

function addSource(to: Float64Array, from: number, { from: at, to: end, samples, gain, isRepeated }: Source): void {
  if (at >= from + to.length || end <= from) return;
  for (let i = Math.max(0, at - from); i < to.length && from + i < end; i++) {
    const index = from + i - at;
    to[i] = (to[i] ?? 0) + gain * (samples[isRepeated ? index % samples.length : index] ?? 0);
  }
}

export function fromDb(db: number): number {
  return 10 ** (db / 20);
}
