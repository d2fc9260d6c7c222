/** Earshot's client library with what only a browser has: `earshot/client`. In other programs that part is not used, and does no harm. */
export * from '../index.ts';
export { openPageAudio } from './audio/open-audio.ts';
export type { AudioDevice, PageAudio, PageAudioEvents, PageAudioOptions, PageLevel } from './audio/page-audio.ts';
export { localStorageToken } from './local-storage-token.ts';
export { openTurnDatabase, type TurnDatabase } from './turn-database.ts';
