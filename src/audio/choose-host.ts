/** The host of the audible actors by its setting. Only the one that is used is loaded: it is memory. */
import type { CreateAudioHost } from './audio-host.ts';
import type { Threads } from './audio-thread.ts';

export async function audioHostWith(threads: Threads): Promise<CreateAudioHost> {
  if (threads === 'one') return (await import('./audio-here.ts')).createAudioHere;
  return (await import('./audio-host.ts')).createAudioHost;
}
