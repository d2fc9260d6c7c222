/**
 * Two devices with announcements and reminders, in virtual time, with the real device, session and notices of each. Every fault happens at
 * the first. None of its announcements and reminders is lost, and none is made twice.
 */

import { withAnnouncer } from '../../actors/assistant/announcer.ts';
import { createReminderBook } from '../../actors/assistant/memory/cloud-reminders.ts';
import type { ReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import type { SpokenPart } from '../../actors/assistant/speech/spoken-reply.ts';
import type { AnnouncementReport } from '../../actors/cloud/cloud.ts';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { CloudAnnouncement } from '../../convex/announcements.ts';
import type { QueueRegistry } from '../../src/core/actor/queue-metrics.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createSessionNotices } from '../../src/gateway/session-notices.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import type { RemindersMessage, Settings } from '../../src/protocol/control.ts';
import { startVirtualDevice } from '../model/virtual-device.ts';
import { createVirtualNetwork } from '../model/virtual-network.ts';
import { fakeCloud } from '../support/fake-cloud.ts';
import { seededRandom } from '../support/random.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import type { Scenario } from './scenario.ts';

type Reminder = RemindersMessage['reminders'][number];
type OnSettings = Parameters<NonNullable<Parameters<typeof createSessions>[0]['watch']>>[1]['onSettings'];

const MINUTE_MS = 60_000;
/** Shorter than the time to the next connection, at which all are offered again. */
const EXPIRES_IN_MS = 90_000;
const LABELS = ['pasta', 'eggs', 'tea'];
const TEXTS = ['dinner', 'rain', 'news', 'post'];
const idOf = (name: string) => {
  const n = [...LABELS, ...TEXTS].indexOf(name) + 1;
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
};

const FRAMES = (() => {
  const encoder = createOpusEncoder();
  return Array.from({ length: 30 }, () => encoder.encode(new Int16Array(320).fill(500)));
})();

const voice: Pick<ReplyVoice, 'reply'> = {
  reply: () => ({
    write() {},
    end() {},
    abort() {},
    heardText: () => '',
    output: (async function* (): AsyncGenerator<SpokenPart> {
      yield { type: 'frames', frames: FRAMES };
    })(),
  }),
};

/** The cloud's part for one device: it knows within 50 ms what became of each. */
function cloudFor(clock: VirtualClock, log: Log) {
  const cloud = fakeCloud(clock.now);
  let announcements: CloudAnnouncement[] = [];
  let reminders: Reminder[] = [];
  const reports: string[] = [];
  const rang: string[] = [];
  const tell = () => {
    cloud.tellAnnouncements(announcements);
    cloud.tellReminders(reminders);
  };
  const soon = (change: () => void) => {
    clock.setTimeout(() => {
      change();
      tell();
    }, 50);
  };
  const { watchAnnouncements, watchReminders } = cloud;
  Object.assign(cloud, {
    watchAnnouncements(...[device, listener]: Parameters<typeof watchAnnouncements>) {
      clock.setTimeout(() => listener(announcements), 50);
      return watchAnnouncements(device, listener);
    },
    watchReminders(...[device, listener]: Parameters<typeof watchReminders>) {
      clock.setTimeout(() => listener(reminders), 50);
      return watchReminders(device, listener);
    },
  });
  const recorder = {
    announcement(_device: string, { id, state, turn }: AnnouncementReport) {
      const text = TEXTS.find((each) => idOf(each) === id);
      if (state !== 'taken') reports.push(`${text} ${state}`);
      soon(() => {
        announcements =
          state === 'taken'
            ? announcements.map((each) => (each.id === id ? { ...each, ...(turn && { turn }) } : each))
            : announcements.filter((each) => each.id !== id);
      });
    },
    reminder(_device: string, { reminder, ring }: Parameters<typeof cloud.recordReminder>[1]) {
      rang.push(`${reminder.label} ${ring?.outcome}`);
      soon(() => {
        reminders = reminders.filter(({ id }) => id !== reminder.id);
      });
    },
    waitingReminders: async () => [],
  };
  const ready = Promise.resolve(cloud);
  const book = createReminderBook({ cloud: ready, recorder, clock });
  return {
    open: createSessionNotices({ cloud: ready, recorder, reminders: book, voice, clock, log }),
    reports,
    rang,
    announce(text: string, priority: 'normal' | 'urgent' = 'normal') {
      soon(() => {
        const expiresAt = clock.wallNow() + EXPIRES_IN_MS;
        announcements = [...announcements, { id: idOf(text), text, priority, expiresAt }];
      });
    },
    remind(label: string, inMs: number) {
      soon(() => {
        reminders = [...reminders, { id: idOf(label), kind: 'timer', label, at: clock.wallNow() + inMs }];
      });
    },
  };
}

async function run(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const random = seededRandom(11);
  const clouds = { first: cloudFor(clock, log), second: cloudFor(clock, log) };
  const cloudOf = (device: string) => clouds[device === 'first' ? 'first' : 'second'];
  const settings = new Set<OnSettings>();
  let current: Parameters<OnSettings>[0] = {};
  let ids = 0;
  const newId = () => `00000000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
  const sessions = createSessions({
    responder: withAnnouncer(parrot, voice),
    recorder: { has: () => false, record: async () => {} },
    ...{ clock, log, newId },
    notices: (session) => cloudOf(session.device).open(session),
    watch(_guest, { onSettings }) {
      settings.add(onSettings);
      clock.setTimeout(() => onSettings(current), 50);
      return () => settings.delete(onSettings);
    },
  });
  const change = (next: typeof current) => {
    current = next;
    for (const onSettings of settings) onSettings(next);
  };
  const start = (name: 'first' | 'second') => {
    const network = createVirtualNetwork({ clock, random, delayMs: 15, jitterMs: 10, accept: sessions.accept });
    const restarts: string[] = [];
    const queues: QueueRegistry = {
      watch(read) {
        const timer = clock.setTimeout(read, 1_000);
        return () => clock.clearTimeout(timer);
      },
    };
    const device = startVirtualDevice({
      ...{ name, clock, log, random, newId, queues, dial: network.dial },
      onNotification: (told) => told.type === 'actor.restarting' && restarts.push(told.actor),
    });
    return { ...device, name, network, restarts, cloud: clouds[name] };
  };
  const first = start('first');
  // After the first is connected: its session is the first one.
  await clock.run(1_000);
  const second = start('second');
  const lines = [first, second];

  /** A person stops whatever rings. */
  const live = async (ms: number) => {
    for (let left = ms; left > 0; left -= 500) {
      await clock.run(500);
      for (const { rings, state, press } of lines) if (rings() && state() === 'playing') press();
    }
  };
  await clock.run(2_000);
  // What it says is sent before the first announcement: a crash of the session would cut that off.
  for (const { cloud } of lines) cloud.remind('pasta', 8_000);
  await live(2_000);
  for (const { cloud } of lines) cloud.announce('dinner');
  await live(MINUTE_MS);
  // Quiet hours: only what is urgent is said.
  change({ quietHours: quietNow(clock) });
  await clock.run(100);
  for (const { cloud } of lines) {
    cloud.announce('news');
    cloud.announce('rain', 'urgent');
    cloud.remind('eggs', 5_000);
  }
  await live(MINUTE_MS);
  change({});
  // One that rings while there is no network, and an announcement that waits for it.
  for (const { cloud } of lines) cloud.remind('tea', 10_000);
  await live(5_000);
  for (const { network } of lines) {
    network.breakAll();
    network.vanish(15_000);
  }
  for (const { cloud } of lines) cloud.announce('post');
  await live(2 * MINUTE_MS);

  const wrong = lines.flatMap(({ name, cloud: { reports, rang }, records }) => {
    const said = [...reports].sort().join();
    const ended = [...rang].sort().join();
    const stopped = records.flatMap(({ reminder, outcome }) => (reminder && outcome === 'done' ? [reminder.id] : []));
    return [
      ...(said === 'dinner played,news declined,post played,rain played'
        ? []
        : [`announcements of the ${name}: ${said}`]),
      ...(ended === 'eggs stopped,pasta stopped,tea stopped' ? [] : [`reminders of the ${name}: ${ended}`]),
      ...(stopped.length === LABELS.length ? [] : [`rings of the ${name} that were stopped: ${stopped}`]),
    ];
  });
  const late = second.records.flatMap(({ reminder }) => (reminder && reminder.lateMs > 1_000 ? [reminder] : []));
  if (late.length > 0) wrong.push(`reminders of the second rang late: ${JSON.stringify(late)}`);
  if (second.restarts.length > 0) wrong.push(`the second device was affected: ${second.restarts}`);
  for (const { stop } of lines) stop();
  await Promise.all([sessions.closeAll(1_001, 'over'), clock.run(5_000)]);
  return wrong;
}

/** From an hour ago until an hour from now, by the local time. */
function quietNow(clock: VirtualClock): NonNullable<Settings['quietHours']> {
  const at = (ms: number) => new Date(clock.wallNow() + ms).toTimeString().slice(0, 5);
  return { from: at(-60 * MINUTE_MS), to: at(60 * MINUTE_MS) };
}

export const notices: Scenario = {
  name: 'two devices with announcements and reminders',
  run,
  subjects:
    /^(?:(?:announcements|reminders|the notices of a device)#1 |deviceConnection#1 (?:channel reminder speech|told device\.(?:say|unsay|reminders)) )/,
};
