/**
 * Microphone and speaker of the page: opened by the first press, because a browser gives them only then, and told to the page.
 */
import { openPageAudio, type PageAudio } from '../../../client/browser/audio/open-audio.ts';
import { errorInfo } from '../../../core/errors.ts';
import { FRAMES_PER_CHUNK } from '../../../protocol/format.ts';
import type { PageEvent } from '../model/page-state.ts';
import type { Preferences } from '../model/preferences.ts';

/** As a device does: three frames cost the page hardly more than one. The last packet of an utterance does not wait for more. */
export const FRAMES_PER_PACKET = FRAMES_PER_CHUNK;

export interface AudioControl {
  /** The audio, opened if it is not; undefined: it failed, and the page says why. Call it in the person's gesture. */
  open(preferences: Preferences): Promise<PageAudio | undefined>;
  /** Applies what has changed. */
  change(before: Preferences, after: Preferences): Promise<void>;
  close(): Promise<void>;
  readonly isOpen: boolean;
}

interface Options {
  dispatch(event: PageEvent): void;
  /** New audio, also after it was opened again with other settings. */
  onOpened(audio: PageAudio): void;
}

export function createAudioControl({ dispatch, onOpened }: Options): AudioControl {
  let audio: PageAudio | undefined;
  let opening: Promise<PageAudio | undefined> | undefined;

  async function openNow({ echoCancellation, microphoneId, speakerId, volume }: Preferences) {
    dispatch({ type: 'microphone', status: 'opening' });
    try {
      const opened = await openPageAudio({
        echoCancellation,
        noiseSuppression: echoCancellation,
        autoGain: echoCancellation,
        framesPerPacket: FRAMES_PER_PACKET,
        ...(microphoneId !== '' && { microphoneId }),
        ...(speakerId !== '' && { speakerId }),
        base: new URL('.', location.href).href,
      });
      opened.setVolume(volume);
      follow(opened);
      audio = opened;
      dispatch({ type: 'microphone', status: 'open' });
      onOpened(opened);
      void list(opened);
      return opened;
    } catch (thrown) {
      dispatch({ type: 'microphone', status: 'closed' });
      dispatch({ type: 'problem', problem: errorInfo(thrown) });
      return undefined;
    } finally {
      opening = undefined;
    }
  }

  function follow(opened: PageAudio): void {
    opened.on('lost', () => dispatch({ type: 'microphone', status: 'lost' }));
    opened.on('interrupted', () => dispatch({ type: 'microphone', status: 'interrupted' }));
    opened.on('resumed', () => dispatch({ type: 'microphone', status: 'open' }));
    opened.on('devices', () => void list(opened));
  }

  async function list(opened: PageAudio): Promise<void> {
    const [microphones, speakers] = await Promise.all([opened.microphones(), opened.speakers()]);
    dispatch({ type: 'devices', microphones, speakers });
  }

  async function close(): Promise<void> {
    const closing = audio;
    audio = undefined;
    await closing?.close();
    dispatch({ type: 'microphone', status: 'closed' });
  }

  return {
    open(preferences) {
      if (audio) return Promise.resolve(audio);
      opening ??= openNow(preferences);
      return opening;
    },
    async change(before, after) {
      if (!audio) return;
      try {
        if (after.volume !== before.volume) audio.setVolume(after.volume);
        if (after.microphoneId !== before.microphoneId) await audio.useMicrophone(after.microphoneId);
        if (after.speakerId !== before.speakerId) await audio.useSpeaker(after.speakerId);
        if (after.echoCancellation !== before.echoCancellation) {
          // The browser applies it when a microphone is opened.
          await close();
          await this.open(after);
        }
      } catch (thrown) {
        dispatch({ type: 'problem', problem: errorInfo(thrown) });
      }
    },
    close,
    get isOpen() {
      return audio !== undefined;
    },
  };
}
