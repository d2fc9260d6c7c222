/**
 * How a device is: in one word, with its colour.
 */
import type { FunctionReturnType } from 'convex/server';
import { Pill } from '../../design/states.tsx';
import type { api } from '../shell/api.ts';
import { gatewayNow } from '../shell/now.ts';

export type DeviceOverview = FunctionReturnType<typeof api.devices.overview>['devices'][number];

const RUNNING: Record<string, string> = {
  recording: 'recording',
  streaming: 'listening',
  processing: 'thinking',
  receiving: 'answering',
  playing: 'speaking',
};

/** An older turn does not run: its end was never reported. */
const LONGEST_TURN_MS = 15 * 60_000;

export function DeviceStanding({ device }: { device: DeviceOverview }) {
  const { revokedAt, isOnline, mutedBy, state, lastTurn } = device;
  if (revokedAt !== undefined) return <Pill tone="danger">revoked</Pill>;
  if (!isOnline) return <Pill>away</Pill>;
  const isRecent = lastTurn !== undefined && gatewayNow() - lastTurn.startedAt < LONGEST_TURN_MS;
  const running = state !== undefined && isRecent ? RUNNING[state] : undefined;
  if (running !== undefined) {
    return (
      <span data-conversation={state}>
        <Pill tone="accent" live>
          {running}
        </Pill>
      </span>
    );
  }
  return mutedBy ? <Pill tone="warning">muted</Pill> : <Pill tone="accent">online</Pill>;
}

/** Its newest turn failed, or it may not connect any more: somebody should look at it. */
export function needsAttention({ revokedAt, lastTurn }: DeviceOverview): boolean {
  return revokedAt === undefined && lastTurn?.error !== undefined;
}
