/**
 * Timers, reminders and alarms on the device: a copy of the gateway's list, which rings on time without a connection too. Each rings
 * once: that it has rung is stored before it makes a sound, and reported until the gateway's list does not name it any more.
 */
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { DownlinkPacket } from '../../src/core/actor/data-plane.ts';
import type { QueueRegistry } from '../../src/core/actor/queue-metrics.ts';
import type { ListedReminders, RemindersContract } from '../../src/core/contracts/index.ts';
import { errorInfo } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Boot } from '../../src/core/time/boot.ts';
import { MAX_DURATION_MS, MAX_REMINDERS } from '../../src/protocol/bounds.ts';
import type { ReminderReport, RemindersMessage } from '../../src/protocol/control.ts';
import type { CachedReply } from '../offline/cached-replies.ts';
import { playCachedReply } from '../offline/cached-reply-player.ts';
import { createGatewayTime } from './gateway-time.ts';
import { MAX_RUNG, type ReminderStore, type StoredReminders } from './reminder-store.ts';
import { ringOf } from './ring.ts';

/** Longest wait for the next reminder: a timer does not notice that the machine slept. */
const LONGEST_WAIT_MS = 5_000;
/** How often the conversation is asked while a reminder is due: a person may be speaking. */
const RETRY_MS = 1_000;
/** After a ring that made no sound, for example without a sound card. */
const SILENT_RETRY_MS = 30_000;
/** Rings without a sound before the reminder counts as failed: ten minutes. */
const MAX_SILENT_RINGS = 20;

type Reminder = RemindersMessage['reminders'][number];

export interface RemindersOptions {
  store: ReminderStore;
  /** The sound of the ring. */
  tone: CachedReply;
  boot: Boot;
  newId: (atMs: number) => string;
  downlink: (packet: DownlinkPacket) => void;
  /** How much of it is sent ahead of real time. */
  bufferMs: number;
  queues?: QueueRegistry;
  /** False: what is due waits for the next start. */
  mayRing?: boolean;
}

/** The reminder that rings. */
interface Ringing {
  turn: number;
  reminder: Reminder;
  report: ReminderReport;
  stop(): void;
}

export function defineReminders(options: RemindersOptions): ActorDefinition<RemindersContract> {
  const { store, tone, boot, newId, downlink, bufferMs, queues, mayRing = true } = options;
  // What a crash of the actor must not lose: the disk may be full.
  let kept: StoredReminders | undefined;
  /** How often a reminder rang without a sound, and when it may ring again. */
  const silent = new Map<string, { rings: number; againAtMs: number }>();
  /** Until its turn is over: if the actor crashes, the conversation says how it ended after the restart. */
  let ringing: Ringing | undefined;
  let hasRung = 0;

  function load(log: Log): StoredReminders {
    const { damaged, ...stored } = store.load();
    if (damaged) log.error('the stored reminders cannot be read; the gateway sends them again', {});
    return stored;
  }

  return (scope) => {
    const { send, clock, log } = scope;
    const known = kept ?? load(log);
    const time = createGatewayTime(clock, boot, known.time);
    let waiting: Reminder[] = known.waiting;
    let rung: ReminderReport[] = known.rung;
    let timer: unknown;

    /** Does not wait for the disk while a person may be speaking, unless that it rings must not be forgotten. */
    function save(isDurable: boolean): void {
      kept = { time: time.reference, waiting, rung };
      try {
        store.save(kept, isDurable);
      } catch (error) {
        send({ type: 'reminders.failed', error: errorInfo(error) });
      }
    }

    function onListed({ now, uptimeMs, reminders }: ListedReminders): void {
      time.heard(now, uptimeMs);
      const listed = new Set(reminders.map(({ id }) => id));
      rung = rung.filter(({ id }) => listed.has(id));
      waiting = reminders.filter(({ id }) => !rung.some((each) => each.id === id));
      for (const id of silent.keys()) if (!listed.has(id)) silent.delete(id);
      save(false);
      try {
        store.keepSpeech([...listed]);
      } catch (error) {
        log.debug('what former reminders say cannot be deleted', { error: errorInfo(error).message });
      }
      // Its report follows when it has ended.
      for (const report of rung) if (report.id !== ringing?.reminder.id) send({ type: 'reminder.rang', ...report });
      look();
    }

    /** Asks the conversation for a turn for the reminder that is due, or waits for the next one. */
    function look(): void {
      clock.clearTimeout(timer);
      if (!mayRing || waiting.length === 0 || ringing) return;
      const nowMs = time.now();
      timer = clock.setTimeout(look, waitMs(nowMs));
      const due = nowMs === undefined ? undefined : soonest(nowMs);
      if (!due || nowMs === undefined || due.at > nowMs) return;
      const startedAtMs = clock.wallNow();
      send({
        type: 'reminder.due',
        id: newId(startedAtMs),
        trigger: 'reminder',
        startedAtMs,
        reminder: due.id,
        text: store.speech(due.id)?.text ?? describe(due),
        lateMs: lateness(due, nowMs),
      });
    }

    function waitMs(nowMs: number | undefined): number {
      const next = nowMs === undefined ? undefined : soonest(nowMs);
      if (!next || nowMs === undefined) return LONGEST_WAIT_MS;
      return next.at <= nowMs ? RETRY_MS : Math.min(next.at - nowMs, LONGEST_WAIT_MS);
    }

    /** Of those that may ring now. */
    function soonest(nowMs: number): Reminder | undefined {
      const ready = waiting.filter(({ id }) => (silent.get(id)?.againAtMs ?? 0) <= nowMs);
      return ready.reduce<Reminder | undefined>(
        (first, each) => (first && first.at <= each.at ? first : each),
        undefined,
      );
    }

    function begin(turn: number, id: string): void {
      const reminder = waiting.find((each) => each.id === id);
      if (!reminder) return;
      const report: ReminderReport = { id, outcome: 'failed', lateMs: lateness(reminder, time.now() ?? reminder.at) };
      waiting = waiting.filter((each) => each.id !== id);
      rung = [...rung, report].slice(-MAX_RUNG);
      // Before it makes a sound, and before anything can fail: it is known to ring, and that its turn has to end.
      ringing = { turn, reminder, report, stop() {} };
      save(true);
      ringing.stop = playCachedReply(turn, ringOf(tone, store.speech(id)), downlink, bufferMs, clock);
      hasRung += 1;
      log.info('a reminder rings', { reminder: id, kind: reminder.kind, lateMs: Math.round(report.lateMs) });
    }

    function end(turn: number, outcome: ReminderReport['outcome']): void {
      if (ringing?.turn !== turn) return;
      const { reminder, report, stop } = ringing;
      stop();
      ringing = undefined;
      const rings = (silent.get(reminder.id)?.rings ?? 0) + 1;
      if (outcome === 'failed' && rings < MAX_SILENT_RINGS) {
        silent.set(reminder.id, { rings, againAtMs: (time.now() ?? 0) + SILENT_RETRY_MS });
        rung = rung.filter(({ id }) => id !== reminder.id);
        waiting = [...waiting, reminder];
      } else {
        silent.delete(reminder.id);
        rung = rung.map((each) => (each === report ? { ...report, outcome } : each));
        send({ type: 'reminder.rang', ...report, outcome });
      }
      save(true);
      look();
    }

    const stats = scope.guard(() => [
      { name: 'reminders', depth: waiting.length, limit: MAX_REMINDERS, sent: hasRung, dropped: 0 },
    ]);
    if (queues) scope.onEnd(queues.watch(() => stats() ?? []));
    look();

    return {
      receive(event) {
        switch (event.type) {
          case 'reminders.listed':
            return onListed(event);
          case 'ring.begin':
            return begin(event.turn, event.reminder);
          case 'ring.end':
            return end(event.turn, event.outcome);
        }
      },
      stop: () => ringing?.stop(),
    };
  };
}

function lateness({ at }: Reminder, nowMs: number): number {
  return Math.min(Math.max(0, nowMs - at), MAX_DURATION_MS);
}

/** For people, where the gateway has sent no text. */
function describe({ kind, label }: Reminder): string {
  return label === '' ? kind : `${kind}: ${label}`;
}
