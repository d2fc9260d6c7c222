/** Where the audible actors run, by its setting. Only the host that is used is loaded: it is memory. */
import type { AudioHost, AudioHostOptions } from './audio-host.ts';
import type { Threads } from './audio-thread.ts';

export interface AudioHosting {
  threads: Threads;
  createHost(options: AudioHostOptions): AudioHost;
}

export async function audioHosting(threads: Threads): Promise<AudioHosting> {
  if (threads === 'one') return { threads, createHost: (await import('./in-process-audio.ts')).createInProcessAudio };
  return { threads, createHost: (await import('./audio-host.ts')).createAudioHost };
}
