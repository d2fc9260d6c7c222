/**
 * The port to the cloud: what the gateway asks of Convex. One implementation speaks to a deployment (convex-cloud.ts), another
 * is a double for tests.
 */
import type { CloudAnnouncement } from '../../convex/announcements.ts';
import type { NewestConnection } from '../../convex/connections.ts';
import type { TokenVerdict } from '../../convex/devices.ts';
import type { RefusalCode } from '../../convex/errors.ts';
import type { RecordingChoices } from '../../convex/keep-recordings.ts';
import type { CloudMessage, CloudRecollection } from '../../convex/messages.ts';
import type { CloudDemand, CloudQuota } from '../../convex/quotas.ts';
import type { CloudReminder, ReminderRecord } from '../../convex/reminders.ts';
import type { DeviceSettings } from '../../convex/settings.ts';
import type { CloudTurnRecord, TurnStanding } from '../../convex/turns.ts';
import type { WakeReports } from '../../convex/wake.ts';
import type { CachedReplyFile } from '../../src/core/actor/data-plane.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { Muter } from '../../src/protocol/remote-control.ts';
import type { UsedAllowance } from '../session/device-quota.ts';

export interface SessionRecord {
  session: string;
  /** UUID of the gateway's process. */
  gateway?: string;
  openedAt: number;
  /** When its device connected last, if the cloud should know; on the gateway's clock. */
  connectedAt?: number;
  closed?: { at: number; code: number; reason: string };
  group?: string;
  features?: string[];
  mutedBy?: Muter;
  model?: string;
  software?: string;
}

/** What a device says of itself. */
export interface DeviceReport {
  /** ms since 1970 on the gateway's clock. */
  at: number;
  figures: Record<string, number>;
}

/** What became of an announcement. */
export interface AnnouncementReport {
  id: string;
  state: 'taken' | 'played' | 'interrupted' | 'declined' | 'failed';
  reason?: string;
  turn?: string;
}

/** What a device has used of its limits in this session; at this time, ms since 1970 on the gateway's clock. */
export interface UsedBefore extends UsedAllowance {
  session: string;
  at: number;
}

export interface StoredRecording {
  storageId: string;
  durationMs: number;
}

/** What a gateway watches of a connected device. */
export interface DeviceState {
  settings: DeviceSettings;
  connection?: NewestConnection;
}

/** Stops watching. */
export type Unwatch = () => void;

/**
 * Calls reject with a {@link CloudRefusal} when the cloud says no, and with EarshotError `cloud_unavailable` when it can't be
 * asked. While the connection is away a call waits for it, five minutes at most (call-limit.ts), so callers that may not wait look at
 * `isConnected` first.
 */
export interface Cloud {
  readonly isConnected: boolean;
  /** Called whenever the connection comes or goes. */
  watchConnection(onChange: (isConnected: boolean) => void): Unwatch;

  verifyToken(tokenHash: string): Promise<TokenVerdict>;
  watchToken(tokenHash: string, onVerdict: (verdict: TokenVerdict) => void): Unwatch;
  /** Of a device without a token. */
  watchDevice(device: string, onState: (state: DeviceState) => void): Unwatch;

  settings(device: string): Promise<DeviceSettings>;
  setVolume(device: string, volumePercent: number): Promise<void>;

  /** Those of these keys that there are, with their files. */
  cachedReplies(keys: readonly string[]): Promise<CachedReplyFile[]>;

  requestPairing(pairing: { request: string; code: string; device: string }): Promise<{ expiresAt: number }>;
  watchPairing(request: string, onApproved: () => void): Unwatch;
  claimPairing(claim: { request: string; tokenHash: string }): Promise<{ device: string; tokenExpiresAt: number }>;
  /** The device is gone: its code is worth nothing, and so is a token that was claimed and did not reach it. */
  withdrawPairing(pairing: { request: string; tokenHash?: string }): Promise<void>;

  /** Resolves with the cloud's time, ms since 1970. `connectedAt` is on the cloud's clock: of connections at several gateways the newest counts. */
  recordSession(device: string, session: SessionRecord): Promise<number>;
  /** This gateway lives, with all its devices. Resolves with the version of the cloud's functions; null: they are from before versions. */
  renewLease(gateway: string): Promise<number | null>;
  /** Wake words that devices of this group heard at other gateways than this one, whenever that changes. */
  watchWakeWords(group: string, gateway: string, onReports: (reports: WakeReports) => void): Unwatch;
  /** Resolves with the cloud's time. */
  reportWakeWord(device: string, gateway: string, heard: WakeReports['heard'][number]['heard']): Promise<number>;
  /** The cloud's time, ms since 1970. */
  time(): Promise<number>;
  recordTurn(device: string, record: CloudTurnRecord, recording?: StoredRecording): Promise<void>;
  reportUsed(device: string, used: UsedBefore): Promise<void>;
  /** What became of a turn; null: the cloud does not know it. */
  turnStanding(device: string, turn: string): Promise<TurnStanding | null>;
  addReport(device: string, report: DeviceReport): Promise<void>;
  /** The announcements of a device that were not made yet. */
  watchAnnouncements(device: string, onList: (announcements: readonly CloudAnnouncement[]) => void): Unwatch;
  reportAnnouncement(device: string, report: AnnouncementReport): Promise<void>;
  /** The reminders of a device that have not rung. */
  watchReminders(device: string, onList: (reminders: readonly CloudReminder[]) => void): Unwatch;
  recordReminder(device: string, record: ReminderRecord): Promise<void>;
  recordMessage(device: string, message: CloudMessage): Promise<void>;
  /** The newest messages since the last summary, oldest first. */
  recallMessages(device: string, limit: number): Promise<CloudRecollection>;
  summarizeMessages(device: string, summary: { text: string; until: number }): Promise<void>;
  /** Deletes what was said until then. Resolves with the number of messages. */
  forgetMessages(device: string, until: number): Promise<number>;
  /** Those that have items, by name. */
  lists(device: string): Promise<{ list: string; items: string[] }[]>;
  addToList(device: string, list: string, items: readonly string[]): Promise<void>;
  /** Without `items`: all. Resolves with those that were there. */
  removeFromList(device: string, list: string, items?: readonly string[]): Promise<string[]>;
  /** Whose recordings are kept. */
  watchRecordingChoices(onChoices: (choices: RecordingChoices) => void): Unwatch;
  /** What all devices of the tenant together may use. */
  watchQuota(onQuota: (quota: CloudQuota) => void): Unwatch;
  /** Tells what is wanted of this gateway. Resolves with what is wanted of the tenant's others. */
  reportDemand(gateway: string, wanted: CloudDemand): Promise<CloudDemand[]>;
  uploadUrl(): Promise<string>;
  /** Puts an Ogg Opus file at such an address. Resolves with its storage id. */
  upload(url: string, file: Uint8Array): Promise<string>;

  close(): Promise<void>;
}

/** What the cloud refuses, with the name that it gives to it. */
export class CloudRefusal extends EarshotError {
  readonly refusal: RefusalCode | 'invalid';

  constructor(refusal: RefusalCode | 'invalid', message: string, options?: ErrorOptions) {
    super(
      ABOUT_THE_CALLER.has(refusal) ? 'not_authorized' : 'cloud_refused',
      message,
      HINTS[refusal] ?? 'See docs/cloud.md.',
      options,
    );
    this.name = 'CloudRefusal';
    this.refusal = refusal;
  }

  /** The call itself was not at fault: the same one may be taken later. */
  get isTemporary(): boolean {
    return this.code === 'not_authorized' || this.refusal === 'too_many_attempts';
  }
}

/** What to do about a key that the cloud does not accept. */
export const KEY_HINT =
  'EARSHOT_JWKS of the deployment must be made from EARSHOT_GATEWAY_KEY (earshot cloud jwks; docs/identity.md).';

/** Whoever calls may not; what he says is not at fault. */
const ABOUT_THE_CALLER = new Set<RefusalCode | 'invalid'>(['not_authenticated', 'not_permitted']);

const HINTS: Partial<Record<RefusalCode | 'invalid', string>> = {
  not_authenticated: KEY_HINT,
  device_away: 'Try again when it is connected.',
  not_supported:
    'Presses are allowed on the device (--allow-remote-press); mute needs a device of this version, and no page has it.',
  muted_by_person: 'It is unmuted at the device.',
  device_unknown: 'earshot pair list shows the devices.',
  code_unknown: 'Look at the code on the device again.',
  code_expired: 'Approve the code that the device shows now.',
  code_used: 'Approve the code that the device shows now.',
  code_withdrawn: 'The device shows a new one when it is back.',
  too_many_attempts: 'Wait ten minutes.',
  turn_unknown: 'earshot turns lists them.',
  turn_ambiguous: 'Say which with --device.',
  reply_unknown: 'earshot replies list shows them.',
};
