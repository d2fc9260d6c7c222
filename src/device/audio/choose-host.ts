/** Where the audible actors run, by its setting. Only the host that is used is loaded: it is memory. */
import type { AudioHost, AudioHostOptions } from './audio-host.ts';
import type { Threads } from './audio-thread.ts';

/** On which thread sound is recorded and played, and what makes that happen. */
export interface AudioHosting {
  threads: Threads;
  createHost(options: AudioHostOptions): AudioHost;
}

/** `two`: sound has a thread of its own. `one`: it shares the caller's, for boards with little memory, and in programs that bring no worker. */
export async function audioHosting(threads: Threads): Promise<AudioHosting> {
  if (threads === 'one') return { threads, createHost: (await import('./in-process-audio.ts')).createInProcessAudio };
  return { threads, createHost: (await import('./audio-host.ts')).createAudioHost };
}
