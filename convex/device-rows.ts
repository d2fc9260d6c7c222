/**
 * All rows that belong to a device, table by table: what is exported and what is deleted of it.
 */
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';

type Device = Pick<Doc<'devices'>, '_id' | 'tenant'>;

/** In the order in which they are deleted: turns take their recordings and figures with them. */
export const ROWS_OF_DEVICE = {
  turns: ({ db }: QueryCtx, device: Device) =>
    db.query('turns').withIndex('by_device_and_startedAt', (q) => q.eq('deviceId', device._id)),
  recordings: ({ db }: QueryCtx, device: Device) =>
    db.query('recordings').withIndex('by_device', (q) => q.eq('deviceId', device._id)),
  messages: ({ db }: QueryCtx, device: Device) =>
    db.query('messages').withIndex('by_device_and_at', (q) => q.eq('deviceId', device._id)),
  summaries: ({ db }: QueryCtx, device: Device) =>
    db.query('summaries').withIndex('by_device', (q) => q.eq('deviceId', device._id)),
  listItems: ({ db }: QueryCtx, device: Device) =>
    db.query('listItems').withIndex('by_device_and_list', (q) => q.eq('deviceId', device._id)),
  announcements: ({ db }: QueryCtx, device: Device) =>
    db.query('announcements').withIndex('by_device_and_announcement', (q) => q.eq('deviceId', device._id)),
  reminders: ({ db }: QueryCtx, device: Device) =>
    db.query('reminders').withIndex('by_device_and_at', (q) => q.eq('deviceId', device._id)),
  rings: ({ db }: QueryCtx, device: Device) =>
    db.query('rings').withIndex('by_device', (q) => q.eq('deviceId', device._id)),
  replies: ({ db }: QueryCtx, device: Device) =>
    db
      .query('replies')
      .withIndex('by_tenant_and_device', (q) => q.eq('tenant', device.tenant).eq('deviceId', device._id)),
  reports: ({ db }: QueryCtx, device: Device) =>
    db.query('reports').withIndex('by_device_and_at', (q) => q.eq('deviceId', device._id)),
  sessions: ({ db }: QueryCtx, device: Device) =>
    db.query('sessions').withIndex('by_device_and_openedAt', (q) => q.eq('deviceId', device._id)),
  turnFigures: ({ db }: QueryCtx, device: Device) =>
    db.query('turnFigures').withIndex('by_device', (q) => q.eq('deviceId', device._id)),
  activity: ({ db }: QueryCtx, device: Device) =>
    db.query('activity').withIndex('by_device', (q) => q.eq('deviceId', device._id)),
  presence: ({ db }: QueryCtx, device: Device) =>
    db.query('presence').withIndex('by_device', (q) => q.eq('deviceId', device._id)),
  connections: ({ db }: QueryCtx, device: Device) =>
    db.query('connections').withIndex('by_device', (q) => q.eq('deviceId', device._id)),
  recordingBytes: ({ db }: QueryCtx, device: Device) =>
    db.query('recordingBytes').withIndex('by_device', (q) => q.eq('deviceId', device._id)),
  recordingChoices: ({ db }: QueryCtx, device: Device) =>
    db
      .query('recordingChoices')
      .withIndex('by_tenant_and_device', (q) => q.eq('tenant', device.tenant).eq('deviceId', device._id)),
  removedTurns: ({ db }: QueryCtx, device: Device) =>
    db.query('removedTurns').withIndex('by_device_and_turn', (q) => q.eq('deviceId', device._id)),
};

export type TableOfDevice = keyof typeof ROWS_OF_DEVICE;
export const TABLES_OF_DEVICE = Object.keys(ROWS_OF_DEVICE) as TableOfDevice[];
