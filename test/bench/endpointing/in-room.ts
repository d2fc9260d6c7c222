import { Acoustics, BLOCK } from '../../room/acoustics.ts';
import { distanceM, SPEED_OF_SOUND_M_S } from '../../room/impulse-response.ts';
import { LIVING_ROOM } from '../../room/plans.ts';
import { SPEECH_DB } from '../room/context.ts';
import type { PausedUtterance } from './utterances.ts';

const NOISE = { colour: 'pink', levelDb: -65 } as const;
const LOUDSPEAKER = { echoDb: -6, driftPpm: 0, drive: 0 };

export function inRoom(utterance: PausedUtterance, seed: number): PausedUtterance {
  const heard = (samples: Int16Array) => hear(samples, seed);
  const travelMs = (1_000 * distanceM(LIVING_ROOM.talker, LIVING_ROOM.microphone)) / SPEED_OF_SOUND_M_S;
  return {
    ...utterance,
    samples: heard(utterance.samples),
    samplesUntilPause: heard(utterance.samplesUntilPause),
    samplesAfterPause: heard(utterance.samplesAfterPause),
    samplesOfBoth: heard(utterance.samplesOfBoth),
    pauseBeginsAtMs: utterance.pauseBeginsAtMs + travelMs,
    speechEndsAtMs: utterance.speechEndsAtMs + travelMs,
  };
}

function hear(samples: Int16Array, seed: number): Int16Array {
  const acoustics = new Acoustics({ plan: LIVING_ROOM, loudspeaker: LOUDSPEAKER, noise: NOISE, seed });
  acoustics.say(samples, { at: 0, levelDb: SPEECH_DB });
  const heard = new Int16Array(samples.length);
  for (let at = 0; at + BLOCK <= heard.length; at += BLOCK) {
    const { microphone } = acoustics.hear(at);
    for (const [i, sample] of microphone.entries()) heard[at + i] = Math.round(sample * 32_768);
  }
  return heard;
}
