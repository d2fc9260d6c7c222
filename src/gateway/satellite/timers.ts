/**
 * Home Assistant's timers of a device, as its own: the device keeps and rings them itself, also while Home Assistant or the gateway is away.
 */
import { v5 as uuidv5 } from 'uuid';
import type { Reminders } from '../../../actors/assistant/parts/memory.ts';
import { TIMER_EVENTS } from '../../core/esphome/messages.ts';
import { clipText, MAX_LABEL_LENGTH } from '../../protocol/bounds.ts';
import type { TimerEvent } from './satellite.ts';

/** Of ids that are made from Home Assistant's. */
const NAMESPACE = '6f1f3f0e-52b9-4e7d-8a55-0c61f1b5a9d4';

/** Timers whose reminder is remembered: many more than there can be. */
const MAX_REMEMBERED = 10_000;

export interface TimersOptions {
  reminders: Pick<Reminders, 'add' | 'cancel'>;
  /** ms since 1970. */
  wallNow(): number;
}

/** An update is a new reminder in place of the old one. */
export function createTimers({
  reminders,
  wallNow,
}: TimersOptions): (device: string, event: TimerEvent) => Promise<void> {
  /** The reminder of each timer that was set. */
  const set = new Map<string, string>();
  let changes = 0;

  async function cancel(device: string, key: string): Promise<boolean> {
    const id = set.get(key);
    set.delete(key);
    return id !== undefined && (await reminders.cancel(device, id));
  }

  async function add(device: string, key: string, { name, totalSeconds, secondsLeft }: TimerEvent): Promise<void> {
    const id = uuidv5(`${key} ${wallNow()} ${changes++}`, NAMESPACE);
    set.set(key, id);
    const oldest = set.size > MAX_REMEMBERED ? set.keys().next().value : undefined;
    if (oldest !== undefined) set.delete(oldest);
    await reminders.add(device, {
      ...{ id, kind: 'timer', label: clipText(name, MAX_LABEL_LENGTH) },
      atMs: wallNow() + secondsLeft * 1_000,
      ...(totalSeconds > 0 && { durationMs: totalSeconds * 1_000 }),
    });
  }

  return async (device, event) => {
    const key = `${device} ${event.timerId}`;
    switch (event.eventType) {
      case TIMER_EVENTS.started:
        return await add(device, key, event);
      case TIMER_EVENTS.updated:
        await cancel(device, key);
        // One that is paused rings when it goes on.
        if (event.isActive) await add(device, key, event);
        return;
      case TIMER_EVENTS.cancelled:
        await cancel(device, key);
        return;
      case TIMER_EVENTS.finished:
        // The device rings by itself. One that it does not know, of before a restart of the gateway, rings now.
        if (!set.has(key)) await add(device, key, { ...event, secondsLeft: 0 });
        set.delete(key);
    }
  };
}
