/**
 * Chooses the echo canceller. A missing library is no failure: then nothing is cancelled, and replies are not
 * interrupted by voice (half duplex).
 */
import { describeError, EarshotError } from '../../../src/core/errors.ts';
import type { ChosenCanceller, EchoCancellerProvider } from '../port.ts';
import { ECHO_CANCELLERS } from './index.ts';

/** The values of `--echo-canceller`. */
export const ECHO_CANCELLER_NAMES = ['auto', 'none', ...ECHO_CANCELLERS.map(({ name }) => name)];

/** Names of the devices; undefined for a file, or for silence. */
export interface CardNames {
  microphone: string | undefined;
  speaker: string | undefined;
}

/** For programs that need none. */
export async function noEchoCanceller(): Promise<ChosenCanceller> {
  return none('it was not asked for');
}

/** @param wanted one of {@link ECHO_CANCELLER_NAMES} */
export async function chooseEchoCanceller(
  wanted: string,
  cards: CardNames,
  providers: readonly EchoCancellerProvider[] = ECHO_CANCELLERS,
): Promise<ChosenCanceller> {
  if (wanted === 'none') return none('it was chosen');
  if (wanted !== 'auto')
    return await loaded(
      providers.find(({ name }) => name === wanted),
      'it was chosen',
    );
  if (cards.microphone === undefined || cards.speaker === undefined) return none('there is no sound card');
  if (!areOneCard(cards.microphone, cards.speaker)) {
    return none(`${cards.microphone} and ${cards.speaker} are two cards, whose clocks drift apart`);
  }
  return await loaded(
    providers.find(({ needsOneClock }) => needsOneClock),
    'microphone and speaker are one card',
  );
}

async function loaded(provider: EchoCancellerProvider | undefined, why: string): Promise<ChosenCanceller> {
  if (!provider) return none('there is no such echo canceller', true);
  try {
    return { name: provider.name, why, isMissing: false, create: await provider.load() };
  } catch (error) {
    if (!(error instanceof EarshotError)) throw error;
    return none(describeError(error), true);
  }
}

function none(why: string, isMissing = false): ChosenCanceller {
  return { name: 'none', why, isMissing };
}

/** PortAudio's names of ALSA's cards contain `hw:CARD,DEVICE`; others are those of a sound server, which has one clock. */
function areOneCard(microphone: string, speaker: string): boolean {
  const [one, other] = [microphone, speaker].map((name) => /\(hw:(\d+),\d+\)/.exec(name)?.[1]);
  return one === other && (one !== undefined || microphone === speaker);
}
