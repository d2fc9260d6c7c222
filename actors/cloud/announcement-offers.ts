/**
 * The announcements for one connected device: offers those that the cloud has for it, and tells the cloud what became of each.
 */
import type { CloudAnnouncement } from '../../convex/announcements.ts';
import type { DeviceConnectionContract } from '../../src/core/contracts/index.ts';
import { MAX_DURATION_MS } from '../../src/protocol/bounds.ts';
import type { AnnouncementMessage } from '../../src/protocol/control.ts';
import type { KnownFeature } from '../../src/protocol/features.ts';
import type { AnnouncementReport } from './cloud.ts';

export interface AnnouncementOffersOptions {
  /** The gateway has a voice. */
  canSpeak: boolean;
  offer(announcement: AnnouncementMessage): void;
  withdraw(id: string): void;
  /** Must reach the cloud at some time. */
  report(report: AnnouncementReport): void;
  /** ms since 1970. */
  wallNow(): number;
}

/** The turn of an announcement. */
interface AnnouncementTurn {
  number: number;
  id: string;
}

const FEATURE: KnownFeature = 'say';

export class AnnouncementOffers {
  readonly #options: AnnouncementOffersOptions;
  /** What the cloud has for the device. */
  #listed = new Map<string, CloudAnnouncement>();
  readonly #offered = new Set<string>();
  /** Those that the device has begun, until it is known what became of them. */
  readonly #turns = new Map<string, AnnouncementTurn>();
  #features: readonly string[] | undefined;

  constructor(options: AnnouncementOffersOptions) {
    this.#options = options;
  }

  /** The announcements of the device that were not made yet, whenever they change. */
  onListed(announcements: readonly CloudAnnouncement[]): void {
    this.#listed = new Map(announcements.map((each) => [each.id, each]));
    for (const id of this.#offered) {
      if (this.#listed.has(id)) continue;
      this.#offered.delete(id);
      if (!this.#turns.has(id)) this.#options.withdraw(id);
    }
    this.#offerAll();
  }

  /** An event of the device connection. */
  onEvent(event: DeviceConnectionContract['sends']): void {
    switch (event.type) {
      case 'device.attached':
        this.#features = event.features ?? [];
        return this.#offerAll();
      case 'device.declined':
        if (!this.#offered.has(event.id) || this.#turns.has(event.id)) return;
        return this.#options.report({ id: event.id, state: 'declined', reason: event.reason });
      case 'device.playback':
        if (event.event === 'drained') this.#conclude(event.turn, 'played');
        if (event.event === 'aborted') this.#conclude(event.turn, 'interrupted');
    }
  }

  /** The device has begun a turn for it. Undefined: it was never offered, or another turn has taken it. */
  take(id: string, turn: AnnouncementTurn): { id: string; text: string } | undefined {
    const announcement = this.#listed.get(id);
    const takenBy = this.#turns.get(id)?.id ?? announcement?.turn;
    if (!announcement || (takenBy !== undefined && takenBy !== turn.id)) return undefined;
    this.#turns.set(id, turn);
    this.#options.report({ id, state: 'taken', turn: turn.id });
    return { id, text: announcement.text };
  }

  /** The turn is over at the gateway. */
  onTurnEnded(number: number, outcome: 'done' | 'aborted' | 'failed'): void {
    if (outcome === 'failed') this.#conclude(number, 'failed', 'turn-failed');
    if (outcome === 'aborted') this.#conclude(number, 'interrupted');
  }

  #conclude(number: number, state: AnnouncementReport['state'], reason?: string): void {
    for (const [id, turn] of this.#turns) {
      if (turn.number !== number) continue;
      this.#turns.delete(id);
      this.#listed.delete(id);
      this.#options.report({ id, state, turn: turn.id, ...(reason !== undefined && { reason }) });
    }
  }

  #offerAll(): void {
    if (!this.#features) return;
    const { canSpeak, offer, report, wallNow } = this.#options;
    for (const { id, text, priority, expiresAt, turn } of this.#listed.values()) {
      if (turn !== undefined || this.#offered.has(id)) continue;
      this.#offered.add(id);
      const expiresInMs = Math.min(expiresAt - wallNow(), MAX_DURATION_MS);
      if (!this.#features.includes(FEATURE)) report({ id, state: 'declined', reason: 'not-supported' });
      else if (!canSpeak) report({ id, state: 'failed', reason: 'no-voice' });
      // The cloud finds out by its own clock.
      else if (expiresInMs > 0) offer({ id, text, priority, expiresInMs });
    }
  }
}
