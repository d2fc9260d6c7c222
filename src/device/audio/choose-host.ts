/** Chooses where the audio actors run. Only the host that is used is loaded, to save memory. */
import type { AudioHost, AudioHostOptions } from './audio-host.ts';
import type { Threads } from './audio-thread.ts';

/** The thread that records and plays audio, and its implementation. */
export interface AudioHosting {
  threads: Threads;
  createHost(options: AudioHostOptions): AudioHost;
}

/**
 * `two`: audio has its own thread. `one`: it shares the caller's thread, for boards with little memory, and for
 * programs without a worker file.
 */
export async function audioHosting(threads: Threads): Promise<AudioHosting> {
  if (threads === 'one') return { threads, createHost: (await import('./in-process-audio.ts')).createInProcessAudio };
  return { threads, createHost: (await import('./audio-host.ts')).createAudioHost };
}
