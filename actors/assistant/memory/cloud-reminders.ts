/**
 * Timers, reminders and alarms: the cloud has them, and what it does not have yet waits in the gateway's queue and counts already. So a
 * timer can be set, and rings, while the cloud is away.
 */
import { randomUUID } from 'node:crypto';
import { EarshotError } from '../../../src/core/errors.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { within } from '../../../src/core/time/within.ts';
import { clipText, MAX_LABEL_LENGTH, MAX_REMINDERS } from '../../../src/protocol/bounds.ts';
import type { ReminderReport } from '../../../src/protocol/control.ts';
import type { Cloud, Unwatch } from '../../cloud/cloud.ts';
import type { CloudRecorder } from '../../cloud/cloud-recorder.ts';
import type { Reminder, Reminders } from '../parts/memory.ts';

/** How long a person waits for the first list of the cloud. */
const PATIENCE_MS = 3_000;

type ReminderRecord = Parameters<Cloud['recordReminder']>[1];
type CloudReminder = ReminderRecord['reminder'];
type ListListener = (reminders: readonly CloudReminder[]) => void;

/** The reminders of all connected devices. */
export interface ReminderBook extends Reminders {
  /** For as long as the device is connected: its reminders, whenever they change. */
  watch(device: string, onList: ListListener): Unwatch;
  /** The device says that one has rung. One that is not known is ignored. */
  onRang(device: string, report: ReminderReport): void;
}

export interface ReminderBookOptions {
  cloud: Promise<Cloud>;
  recorder: Pick<CloudRecorder, 'reminder' | 'waitingReminders'>;
  clock: Clock;
}

/** What is known of one connected device. */
interface Page {
  /** Undefined: the cloud has not answered yet. */
  listed: readonly CloudReminder[] | undefined;
  /** What the cloud's list does not show yet, by id. */
  readonly pending: Map<string, ReminderRecord>;
  readonly listeners: Set<ListListener>;
  readonly ready: Promise<void>;
  stop(): void;
}

export function createReminderBook({ cloud, recorder, clock }: ReminderBookOptions): ReminderBook {
  const pages = new Map<string, Page>();

  function open(device: string): Page {
    let onReady = () => {};
    let isOver = false;
    let unwatch: Unwatch | undefined;
    const page: Page = {
      listed: undefined,
      pending: new Map(),
      listeners: new Set(),
      ready: new Promise((resolve) => {
        onReady = resolve;
      }),
      stop() {
        isOver = true;
        unwatch?.();
      },
    };
    const begin = async () => {
      // What an earlier process of this gateway has not delivered.
      for (const record of await recorder.waitingReminders(device)) page.pending.set(record.reminder.id, record);
      const ready = await cloud;
      if (isOver) return;
      unwatch = ready.watchReminders(device, (listed) => {
        page.listed = listed;
        for (const [id, record] of page.pending) if (isShown(record, listed)) page.pending.delete(id);
        onReady();
        tell(page);
      });
    };
    // Without a cloud there is no list; that is logged where the cloud is opened.
    begin().catch(() => undefined);
    return page;
  }

  function viewOf({ listed = [], pending }: Page): CloudReminder[] {
    const kept = listed.filter(({ id }) => !pending.has(id));
    const added = [...pending.values()].flatMap(({ state, reminder }) => (state === 'waiting' ? [reminder] : []));
    return [...kept, ...added].sort((a, b) => a.at - b.at).slice(0, MAX_REMINDERS);
  }

  /** A list without what the cloud has would delete it on the device: so there is none until the cloud has answered. */
  function tell(page: Page): void {
    if (!page.listed) return;
    const view = viewOf(page);
    for (const listener of page.listeners) listener(view);
  }

  function change(device: string, page: Page, record: ReminderRecord): void {
    page.pending.set(record.reminder.id, record);
    recorder.reminder(device, record);
    tell(page);
  }

  /** @throws EarshotError `cloud_unavailable` */
  async function readyPage(device: string): Promise<Page> {
    const page = pages.get(device);
    if (!page) throw unavailable(`${device} is not connected`);
    await within(page.ready, PATIENCE_MS, clock);
    if (!page.listed) throw unavailable('The cloud has not answered since the device is connected');
    return page;
  }

  return {
    watch(device, onList) {
      const page = pages.get(device) ?? open(device);
      pages.set(device, page);
      page.listeners.add(onList);
      if (page.listed) onList(viewOf(page));
      return () => {
        page.listeners.delete(onList);
        if (page.listeners.size > 0) return;
        page.stop();
        if (pages.get(device) === page) pages.delete(device);
      };
    },

    onRang(device, { id, outcome, lateMs }) {
      const page = pages.get(device);
      const reminder = page && viewOf(page).find((each) => each.id === id);
      if (page && reminder) change(device, page, { reminder, state: 'rang', ring: { outcome, lateMs } });
    },

    list: async (device) => viewOf(await readyPage(device)).map(fromCloud),

    async add(device, { id = randomUUID(), kind, label, atMs, durationMs }) {
      const page = await readyPage(device);
      const known = viewOf(page).find((each) => each.id === id);
      if (known) return fromCloud(known);
      if (viewOf(page).length >= MAX_REMINDERS) {
        const hint = 'Cancel one first.';
        throw new EarshotError('reminders_full', `A device has up to ${MAX_REMINDERS} timers and reminders`, hint);
      }
      const reminder: CloudReminder = {
        ...{ id, kind, label: clipText(label, MAX_LABEL_LENGTH), at: Math.round(atMs) },
        ...(durationMs !== undefined && { durationMs }),
      };
      change(device, page, { reminder, state: 'waiting' });
      return fromCloud(reminder);
    },

    async cancel(device, id) {
      const page = await readyPage(device);
      const reminder = viewOf(page).find((each) => each.id === id);
      if (reminder) change(device, page, { reminder, state: 'cancelled' });
      return reminder !== undefined;
    },
  };
}

/** The cloud's list agrees with it. */
function isShown({ reminder, state }: ReminderRecord, listed: readonly CloudReminder[]): boolean {
  return listed.some(({ id }) => id === reminder.id) === (state === 'waiting');
}

function fromCloud({ at: atMs, ...reminder }: CloudReminder): Reminder {
  return { ...reminder, atMs };
}

function unavailable(message: string): EarshotError {
  return new EarshotError('cloud_unavailable', message, 'Try again later.');
}
