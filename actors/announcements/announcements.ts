/**
 * The queue of announcements on the device: what the gateway wants to say waits here until the conversation begins a turn for it. It holds back
 * what is not urgent during quiet hours, and everything while nothing can be heard; it declines what expires or does not fit.
 */
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { QueueRegistry } from '../../src/core/actor/queue-metrics.ts';
import type { AnnouncementsContract, OfferedAnnouncement } from '../../src/core/contracts/index.ts';
import { isPlausible } from '../../src/core/time/dating.ts';
import type { DeclineReason } from '../../src/protocol/control.ts';
import { type QuietHours, quietForMs } from './quiet-hours.ts';

/** Announcements that wait. */
export const MAX_ANNOUNCEMENTS = 16;
/** Ids of announcements that were made: the gateway may offer them again before it knows. */
const MAX_REMEMBERED = 64;
/** How often the conversation is asked while something waits: it may be busy, or without a connection. */
const RETRY_MS = 1_000;

export interface AnnouncementsOptions {
  /** Creates the UUIDv7 of a turn that begins at this time (ms since 1970). */
  newId: (atMs: number) => string;
  /** Whether what is played now can be heard: a page has no sound before its first press. Default: always. */
  isAudible?: () => boolean;
  queues?: QueueRegistry;
}

export function defineAnnouncements({
  newId,
  isAudible = () => true,
  queues,
}: AnnouncementsOptions): ActorDefinition<AnnouncementsContract> {
  /** It outlives a crash: none is made twice. Those that wait are offered again by the conversation. */
  const made = new Set<string>();
  return (scope) => {
    const { send, clock } = scope;
    /** In the order in which they came. */
    let waiting: OfferedAnnouncement[] = [];
    let quietHours: QuietHours | undefined;
    let timer: unknown;
    const counts = { made: 0, declined: 0 };

    function offer(announcement: OfferedAnnouncement): void {
      const { id } = announcement;
      if (made.has(id)) return;
      const rest = waiting.filter((each) => each.id !== id);
      // One that is offered again keeps its place.
      const at = waiting.findIndex((each) => each.id === id);
      waiting = rest.toSpliced(at < 0 ? rest.length : at, 0, announcement);
      if (waiting.length > MAX_ANNOUNCEMENTS) {
        const excess = waiting.findLast(({ priority }) => priority === 'normal') ?? waiting.at(-1);
        if (excess) decline(excess, 'queue-full');
      }
      look();
    }

    function decline({ id }: OfferedAnnouncement, reason: DeclineReason): void {
      waiting = waiting.filter((each) => each.id !== id);
      counts.declined += 1;
      send({ type: 'say.declined', id, reason });
    }

    /** Declines what cannot be said in time, and asks the conversation for a turn for the next one. */
    function look(): void {
      clock.clearTimeout(timer);
      const nowMs = clock.now();
      const wallMs = clock.wallNow();
      const quietMs = isPlausible(wallMs) ? quietForMs(quietHours, wallMs) : 0;
      for (const each of waiting) {
        if (each.endsAtMs <= nowMs) decline(each, 'expired');
        else if (each.priority === 'normal' && each.endsAtMs <= nowMs + quietMs) decline(each, 'quiet-hours');
      }
      if (waiting.length === 0) return;
      timer = clock.setTimeout(look, RETRY_MS);
      const next = waiting.find(({ priority }) => priority === 'urgent') ?? (quietMs > 0 ? undefined : waiting[0]);
      if (!next || !isAudible()) return;
      send({
        type: 'announcement.due',
        id: newId(wallMs),
        trigger: 'announcement',
        startedAtMs: wallMs,
        announcement: next.id,
      });
    }

    function onBegun(id: string): void {
      waiting = waiting.filter((each) => each.id !== id);
      counts.made += 1;
      made.add(id);
      const [oldest] = made;
      if (oldest !== undefined && made.size > MAX_REMEMBERED) made.delete(oldest);
    }

    const stats = scope.guard(() => [
      {
        name: 'announcements',
        depth: waiting.length,
        limit: MAX_ANNOUNCEMENTS,
        sent: counts.made,
        dropped: counts.declined,
      },
    ]);
    if (queues) scope.onEnd(queues.watch(() => stats() ?? []));

    return {
      receive(event) {
        switch (event.type) {
          case 'say.offered':
            return offer(event);
          case 'announcement.begun':
            return onBegun(event.announcement);
          case 'settings.changed':
            quietHours = event.settings.quietHours;
            return look();
        }
      },
      stop() {},
    };
  };
}
