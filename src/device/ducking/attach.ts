/**
 * Ducks other programs for as long as a turn goes on.
 */
import type { ConversationNotification } from '../../../machines/conversation-context.ts';
import { duckedFile } from '../../core/files/paths.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { createDucking } from './ducking.ts';
import { openSoundServer, type SoundServer } from './sound-server.ts';

/** What other programs keep of their volume: -31 dB on PulseAudio's cubic scale. */
export const DEFAULT_DUCK_PERCENT = 30;
/** After a turn: the next one may begin at once. */
const RELEASE_MS = 700;

export interface AttachDuckingOptions {
  /** What other programs keep of their volume, in percent; true: the default; undefined: no ducking. */
  percent: number | true | undefined;
  /** The state folder. */
  state: string;
  server?: SoundServer;
  clock: Clock;
  log: Log;
}

export interface AttachedDucking {
  note(notification: ConversationNotification): void;
  /** Resolves when the volumes are restored. */
  close(): Promise<void>;
}

export function attachDucking({ percent, state, server, clock, log }: AttachDuckingOptions): AttachedDucking {
  if (percent === undefined) return { note() {}, close: () => Promise.resolve() };
  const settings = {
    percent: percent === true ? DEFAULT_DUCK_PERCENT : percent,
    file: duckedFile(state),
    pid: process.pid,
  };
  const ducking = createDucking({ server: server ?? openSoundServer(), ...settings, log });
  let release: unknown;

  return {
    note(notification) {
      if (notification.type !== 'state.entered') return;
      clock.clearTimeout(release);
      const { state } = notification;
      if (state !== 'idle' && state !== 'error') return ducking.set(true);
      release = clock.setTimeout(() => ducking.set(false), RELEASE_MS);
    },
    close() {
      clock.clearTimeout(release);
      return ducking.close();
    },
  };
}
