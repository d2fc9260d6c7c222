/** Records one session of a device: its connection, its turns as they go on, and the reports of the device. */
import type { NewestConnection } from '../../convex/connections.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';
import type { DeviceConnectionContract, UsedTool } from '../../src/core/contracts/index.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { MuteReport } from '../../src/protocol/control.ts';
import type { SessionRecord } from './cloud.ts';
import { type ConnectionClaim, createConnectionClaim } from './connection-claim.ts';
import type { QueuedRecord } from './records.ts';
import { createSessionLog, type SessionLog } from './session-log.ts';

/** Records one session. */
export interface SessionRecorder extends SessionObserver {
  /** The newest connection of its device, as the cloud knows it. */
  onNewestConnection(connection: NewestConnection | undefined): void;
}

/** What one session tells of itself. */
export interface SessionObserver {
  sent(event: DeviceConnectionContract['sends']): void;
  received(command: DeviceConnectionContract['receives']): void;
  toolUsed(turn: number, call: UsedTool): void;
  ended(turn: number, outcome: NonNullable<CloudTurnRecord['outcome']>): void;
  closed(code: number, reason: string): void;
}

export interface SessionRecorderOptions {
  session: string;
  gatewayId: string | undefined;
  /** Of the sessions that are open. */
  claims: Map<string, ConnectionClaim>;
  /** What each connected device's session knows of its turns. */
  logs: Map<string, SessionLog>;
  /** Keeps a record for the cloud. */
  keep: (record: QueuedRecord) => void;
  /** The same, but it is delivered together with those of other devices. */
  keepReport: (record: QueuedRecord) => void;
  /** Tells the cloud how a turn goes on, which need not last. */
  tellLive: (device: string, record: CloudTurnRecord) => void;
  /** Whether a record of this turn is kept for the cloud. */
  waits: (device: string, turn: string) => boolean;
  /** Its device has connected elsewhere, later. */
  onReplaced: (by: NewestConnection) => void;
  clock: Pick<Clock, 'wallNow'>;
}

export function recordSession(options: SessionRecorderOptions): SessionRecorder {
  const { session, gatewayId, claims, logs, keep, keepReport, tellLive, waits, onReplaced, clock } = options;
  const claim = createConnectionClaim({ session, now: clock.wallNow, tell: tellConnection, onReplaced });
  claims.set(session, claim);
  /** From the first turn on: most devices say nothing most of the time. */
  let sessionLog: SessionLog | undefined;
  let opened: SessionRecord = {
    session,
    ...(gatewayId !== undefined && { gateway: gatewayId }),
    openedAt: clock.wallNow(),
  };
  let device: string | undefined;
  /** As the cloud was told. */
  let connectedAt: number | undefined;

  function tellConnection(atMs: number): void {
    connectedAt = atMs;
    tellSession();
  }

  function tellSession(): void {
    const session = { ...opened, ...(connectedAt !== undefined && { connectedAt }) };
    if (device !== undefined) keep({ kind: 'session', device, session });
  }

  function noteMute({ muted, by = 'person' }: MuteReport): void {
    const { mutedBy: before, ...others } = opened;
    const mutedBy = muted ? by : undefined;
    if (mutedBy === before) return;
    opened = { ...others, ...(mutedBy && { mutedBy }) };
    tellSession();
  }

  function tell(changed: readonly CloudTurnRecord[] = []): void {
    if (device === undefined) return;
    for (const record of changed) {
      // A record that waits, or that is complete, must last; the rest may wait.
      const isFinal = record.outcome !== undefined;
      if (isFinal || waits(device, record.turn)) keep({ kind: 'turn', device, record });
      else tellLive(device, record);
    }
  }

  return {
    sent(event) {
      if (event.type === 'device.attached' && device === undefined) {
        const { model, software, group, features } = event;
        device = event.device;
        opened = {
          ...opened,
          ...(model !== undefined && { model }),
          ...(software !== undefined && { software }),
          ...(group !== undefined && { group }),
          ...(features && { features: [...features] }),
        };
      }
      if (event.type === 'device.attached') claim.connected();
      if (event.type === 'device.mute') noteMute(event);
      if (event.type === 'device.metrics' && device !== undefined) {
        const report = { at: Math.round(clock.wallNow()), figures: event.metrics };
        keepReport({ kind: 'report', device, report });
      }
      if (event.type === 'device.turn' && device !== undefined) {
        sessionLog ??= createSessionLog(session);
        logs.set(device, sessionLog);
      }
      tell(sessionLog?.sent(event));
    },
    received: (command) => tell(sessionLog?.received(command)),
    toolUsed: (turn, call) => tell(sessionLog?.toolUsed(turn, call)),
    ended: (turn, outcome) => tell(sessionLog?.ended(turn, outcome, clock.wallNow())),
    onNewestConnection: claim.onNewest,
    closed(code, reason) {
      claims.delete(session);
      if (device === undefined) return;
      if (logs.get(device) === sessionLog) logs.delete(device);
      tell(sessionLog?.closed());
      const at = clock.wallNow();
      keep({ kind: 'session', device, session: { ...opened, closed: { at, code, reason } } });
    },
  };
}
