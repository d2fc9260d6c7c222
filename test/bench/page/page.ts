/** The page that `npm run bench:page` measures: the client library with a page's audio, which begins a turn whenever none runs. */
import { openPageAudio } from '../../../src/client/browser/audio/open-audio.ts';
import { createClient } from '../../../src/client/index.ts';

declare global {
  interface Window {
    /** Resolves when a turn runs. Rejects with why the audio cannot be opened. */
    begin(removesEcho: boolean): Promise<void>;
  }
}

window.begin = async (removesEcho) => {
  const settings = { echoCancellation: removesEcho, noiseSuppression: removesEcho, autoGain: removesEcho };
  const audio = await openPageAudio({ ...settings, base: new URL('.', location.href).href, playback: 'live' });
  const client = createClient({ url: location.origin, name: 'bench', audio });
  await new Promise<void>((resolve) => {
    client.on('conversation', ({ state }) => {
      if (state === 'idle') client.talk();
      if (state === 'streaming') resolve();
    });
    client.on('state', ({ state }) => {
      if (state === 'connected') client.talk();
    });
    client.connect();
  });
};
