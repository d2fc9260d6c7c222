/** A device in a room with a gateway, in virtual or in real time. */
import type { Clock } from '../../src/core/time/clock.ts';
import type { DeviceInRoom } from './device-in-room.ts';
import type { Room } from './room.ts';

export interface RoomLine extends DeviceInRoom {
  clock: Pick<Clock, 'now'> & {
    run(ms: number): Promise<void>;
    /** Throws if it is not so within the limit. */
    runUntil(holds: () => boolean, limitMs: number, what: string): Promise<void>;
  };
  room: Room;
}
