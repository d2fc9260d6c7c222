/**
 * How a device is: in one word, with its colour.
 */
import type { FunctionReturnType } from 'convex/server';
import { Pill } from '../../design/states.tsx';
import type { api } from '../shell/api.ts';

export type DeviceOverview = FunctionReturnType<typeof api.devices.overview>['devices'][number];

const RUNNING: Record<string, string> = {
  recording: 'recording',
  streaming: 'listening',
  processing: 'thinking',
  receiving: 'answering',
  playing: 'speaking',
};

export function DeviceStanding({ device }: { device: DeviceOverview }) {
  const { revokedAt, isOnline, state } = device;
  if (revokedAt !== undefined) return <Pill tone="danger">revoked</Pill>;
  if (!isOnline) return <Pill>away</Pill>;
  const running = state === undefined ? undefined : RUNNING[state];
  if (running !== undefined) {
    return (
      <span data-conversation={state}>
        <Pill tone="accent" live>
          {running}
        </Pill>
      </span>
    );
  }
  return <Pill tone="accent">online</Pill>;
}

/** Its newest turn failed, or it may not connect any more: somebody should look at it. */
export function needsAttention({ revokedAt, lastTurn }: DeviceOverview): boolean {
  return revokedAt === undefined && lastTurn?.error !== undefined;
}
