/**
 * What the cloud keeps: devices and how they were paired, their sessions and turns, recordings, cached replies, reports.
 *
 * Every query has its index here; there are no table scans. Rows name each other by the ids that devices and gateway make
 * (a session's UUID, a device and its turn's), because those are the idempotency keys: whatever is sent twice finds its own row.
 */
import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';
import {
  deviceSettings,
  figures,
  latencies,
  limitedTable,
  pairingStatus,
  trigger,
  turnOutcome,
  turnState,
} from './values.ts';

export default defineSchema({
  devices: defineTable({
    name: v.string(),
    /** SHA-256 of the token, in hex; the token itself is on the device alone. None: never paired (`gateway --open`). */
    tokenHash: v.optional(v.string()),
    pairedAt: v.optional(v.number()),
    revokedAt: v.optional(v.number()),
    /** A token does not last for ever: the device is paired again then. */
    tokenExpiresAt: v.optional(v.number()),
    lastSeenAt: v.number(),
    model: v.optional(v.string()),
    software: v.optional(v.string()),
    settings: deviceSettings,
  })
    .index('by_name', ['name'])
    .index('by_tokenHash', ['tokenHash']),

  pairings: defineTable({
    /** UUID by the gateway, one for each attempt to pair. */
    request: v.string(),
    /** Six digits, unique among those that wait. */
    code: v.string(),
    device: v.string(),
    status: pairingStatus,
    requestedAt: v.number(),
    expiresAt: v.number(),
  })
    .index('by_request', ['request'])
    .index('by_code', ['code'])
    .index('by_status_and_expiresAt', ['status', 'expiresAt']),

  /** Fixed windows that count what may only be tried so often. */
  attempts: defineTable({
    key: v.string(),
    windowStartedAt: v.number(),
    count: v.number(),
  }).index('by_key', ['key']),

  sessions: defineTable({
    session: v.string(),
    deviceId: v.id('devices'),
    openedAt: v.number(),
    closedAt: v.optional(v.number()),
    closeCode: v.optional(v.number()),
    closeReason: v.optional(v.string()),
  })
    .index('by_session', ['session'])
    .index('by_device_and_openedAt', ['deviceId', 'openedAt']),

  turns: defineTable({
    /** UUIDv7 by the device: the name of the turn among those of this device. */
    turn: v.string(),
    deviceId: v.id('devices'),
    session: v.string(),
    state: turnState,
    outcome: v.optional(turnOutcome),
    trigger,
    /** Spoken without a connection and delivered later. */
    offline: v.boolean(),
    /** On the device's clock. */
    startedAt: v.number(),
    endedAt: v.optional(v.number()),
    transcript: v.optional(v.string()),
    replyText: v.optional(v.string()),
    latencyMs: v.optional(latencies),
    error: v.optional(v.object({ code: v.string(), message: v.string() })),
  })
    .index('by_device_and_turn', ['deviceId', 'turn'])
    .index('by_turn', ['turn'])
    .index('by_device_and_startedAt', ['deviceId', 'startedAt'])
    .index('by_startedAt', ['startedAt']),

  recordings: defineTable({
    /** None: recorded by a version in which an id was one device's alone. */
    deviceId: v.optional(v.id('devices')),
    turn: v.string(),
    /** Ogg Opus: any player plays it. */
    storageId: v.id('_storage'),
    bytes: v.number(),
    durationMs: v.number(),
  })
    .index('by_device_and_turn', ['deviceId', 'turn'])
    .index('by_storageId', ['storageId']),

  /** What a device says by itself while it has no connection. Without a device: for all of them. */
  replies: defineTable({
    key: v.string(),
    deviceId: v.optional(v.id('devices')),
    text: v.string(),
    storageId: v.id('_storage'),
    bytes: v.number(),
  })
    .index('by_key', ['key'])
    .index('by_device', ['deviceId'])
    .index('by_storageId', ['storageId']),

  reports: defineTable({
    deviceId: v.id('devices'),
    at: v.number(),
    figures,
  }).index('by_device_and_at', ['deviceId', 'at']),

  /** Days that rows of a table are kept, where it is not the default. */
  retention: defineTable({ table: limitedTable, days: v.number() }).index('by_table', ['table']),
});
