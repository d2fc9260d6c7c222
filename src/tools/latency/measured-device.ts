/**
 * A daemon for measurements: a program triggers one turn after the other. It has a temporary state folder, and does not touch that of the
 * device.
 */
import type { Dial } from '../../../actors/network/socket.ts';
import type { AudioAddress } from '../../../actors/sound/backend.ts';
import type { TriggerHandlers } from '../../../actors/trigger/trigger.ts';
import type { ConversationNotification } from '../../../machines/conversation-context.ts';
import type { ConversationState, TurnRecord } from '../../../machines/turn-record.ts';
import { EarshotError, infoFields } from '../../core/errors.ts';
import { makeTemporaryFolder } from '../../core/files/temporary-folder.ts';
import type { Log } from '../../core/log/log.ts';
import type { PlaybackPolicy, Threads } from '../../device/audio/audio-thread.ts';
import { audioHosting } from '../../device/audio/choose-host.ts';
import { createDaemon } from '../../device/daemon.ts';

const CONNECT_MS = 15_000;

export interface MeasuredDeviceOptions {
  dial: Dial;
  name: string;
  microphone: AudioAddress;
  speaker: AudioAddress;
  framesPerPacket: number;
  playback: PlaybackPolicy;
  threads: Threads;
  log: Log;
}

export interface MeasuredDevice {
  /** Begins a turn, or ends its utterance. */
  press(): void;
  /** Resolves when this state is entered; rejects when the link is lost. */
  entered(state: ConversationState): Promise<void>;
  /** Resolves with the turn that ends next; rejects when the link is lost. */
  finished(): Promise<TurnRecord>;
  /** False: a lost card keeps the process from ending. */
  close(): Promise<boolean>;
}

/**
 * Resolves when the device accepts a trigger.
 *
 * @throws EarshotError `gateway_unreachable`, or why there is no connection
 */
export async function openMeasuredDevice(options: MeasuredDeviceOptions): Promise<MeasuredDevice> {
  const state = makeTemporaryFolder('latency');
  let trigger: TriggerHandlers | undefined;
  let onReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const listeners = new Set<(notification: ConversationNotification) => void>();
  const { threads, log } = options;
  const daemon = createDaemon({
    ...options,
    audio: await audioHosting(threads),
    state: state.path,
    triggers: [
      (handlers) => {
        trigger = handlers;
        return { ready: onReady };
      },
    ],
    onNotification(notification) {
      if (notification.type === 'actor.restarting')
        log.error('an actor crashed', { part: notification.actor, ...infoFields(notification.error) });
      for (const listener of [...listeners]) listener(notification);
    },
  });

  /** Resolves with the first notification for which `take` returns a value. */
  function next<T>(take: (notification: ConversationNotification) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = (notification: ConversationNotification) => {
        const taken = take(notification);
        const reason = whyNotToGoOn(notification);
        if (taken === undefined && !reason) return;
        listeners.delete(listener);
        if (taken === undefined) reject(reason);
        else resolve(taken);
      };
      listeners.add(listener);
    });
  }

  async function close(): Promise<boolean> {
    const allCardsClosed = await daemon.stop();
    state.remove();
    return allCardsClosed;
  }

  const patience = new Promise<never>((_, reject) => {
    setTimeout(() => reject(unreachable()), CONNECT_MS).unref();
  });
  try {
    const up = next((notification) => (notification.type === 'link.changed' && notification.up) || undefined);
    daemon.start();
    await Promise.race([Promise.all([up, ready]), patience]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    press: () => trigger?.onPress('file'),
    entered: async (wanted) => void (await next((notification) => entered(notification, wanted))),
    finished: () => next((notification) => (notification.type === 'turn.finished' ? notification.record : undefined)),
    close,
  };
}

function entered(notification: ConversationNotification, state: ConversationState): true | undefined {
  return (notification.type === 'state.entered' && notification.state === state) || undefined;
}

/** Latencies are not valid if the link was lost. */
function whyNotToGoOn(notification: ConversationNotification): EarshotError | undefined {
  if (notification.type === 'link.pairing') {
    const hint = 'Pair it first (earshot run --gateway URL), or give --token.';
    return new EarshotError('gateway_refused', 'The gateway does not know this device', hint);
  }
  if (notification.type !== 'link.changed' || notification.up) return undefined;
  const { code, message, hint } = notification.error;
  return new EarshotError(code, message, hint);
}

function unreachable(): EarshotError {
  return new EarshotError(
    'gateway_unreachable',
    `No connection to the gateway within ${CONNECT_MS / 1_000} s`,
    'Check --gateway, and that the gateway runs (earshot gateway).',
  );
}
