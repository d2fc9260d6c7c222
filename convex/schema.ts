/**
 * The tables of the cloud: devices and pairings, sessions and turns, recordings, cached replies, reports, and what the assistant
 * remembers.
 *
 * Every query has an index; there are no table scans. Rows refer to each other by ids from devices and gateway
 * (a device and its session's or turn's UUID), because those are the idempotency keys: data that is sent twice finds its row. Everything that is
 * found by a name is found within its tenant: its index begins with the tenant, or with a device, which has one.
 */
import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';
import {
  announcementPriority,
  announcementState,
  control,
  deviceSettings,
  figures,
  heardWakeWord,
  limitedTable,
  muter,
  pairingStatus,
  reminderKind,
  ringOutcome,
  tenant,
  turnError,
  turnOutcome,
  turnRecord,
  turnState,
  usedBefore,
} from './values.ts';

export default defineSchema({
  devices: defineTable({
    tenant,
    /** Unique within the tenant. */
    name: v.string(),
    /** SHA-256 of the token, in hex; only the device has the token itself. Undefined: never paired (`gateway --open`). */
    tokenHash: v.optional(v.string()),
    pairedAt: v.optional(v.number()),
    revokedAt: v.optional(v.number()),
    /** After this time the device must be paired again. */
    tokenExpiresAt: v.optional(v.number()),
    settings: deviceSettings,
    /** What was said until then is deleted, and not stored when it arrives later. */
    forgottenAt: v.optional(v.number()),
    /** An earlier device of this name was deleted then: what is older is not stored when it arrives later. */
    removedAt: v.optional(v.number()),
    /** Of versions without the table `presence`; its migration moves them there. */
    lastSeenAt: v.optional(v.number()),
    model: v.optional(v.string()),
    software: v.optional(v.string()),
  })
    .index('by_tenant_and_name', ['tenant', 'name'])
    .index('by_tenant_and_tokenHash', ['tenant', 'tokenHash']),

  /** One row a device: what changes with each of its connections. */
  presence: defineTable({
    tenant,
    deviceId: v.id('devices'),
    lastSeenAt: v.number(),
    model: v.optional(v.string()),
    software: v.optional(v.string()),
    /** Of versions without the table `connections`. */
    connection: v.optional(v.union(v.object({ session: v.string(), openedAt: v.number() }), v.null())),
  })
    .index('by_tenant', ['tenant'])
    .index('by_device', ['deviceId']),

  /** One row a device: its newest connection. Each gateway watches those of its devices; so it changes with connections only. */
  connections: defineTable({
    tenant,
    deviceId: v.id('devices'),
    session: v.string(),
    /** UUID of the gateway's process. Undefined: of a gateway of an older version. */
    gateway: v.optional(v.string()),
    /** When the session began, on the gateway's clock. */
    openedAt: v.number(),
    /** When the device connected, on the cloud's clock: of connections at several gateways the newest counts. */
    connectedAt: v.number(),
    isOpen: v.boolean(),
    /** Of devices within earshot of each other. */
    group: v.optional(v.string()),
    /** The last wake word that it heard, if others of its group are at other gateways. */
    heard: v.optional(heardWakeWord),
    /** What the device can do beyond the first version of the protocol. */
    features: v.optional(v.array(v.string())),
    /** Who has muted its microphone. Missing: it is not muted, or cannot tell. */
    mutedBy: v.optional(muter),
    /** What it should do now; each for some seconds. */
    controls: v.optional(v.array(control)),
    /** Its limits at the gateway that it left last, where they were used: they go with it. */
    used: v.optional(usedBefore),
  })
    .index('by_tenant', ['tenant'])
    .index('by_tenant_and_group', ['tenant', 'group'])
    .index('by_device', ['deviceId']),

  /** One row a gateway that lives. Views of devices read it; so it does not change while the gateway lives. */
  gateways: defineTable({
    tenant,
    /** UUID of its process. */
    gateway: v.string(),
  }).index('by_tenant', ['tenant']),

  /** One row a gateway that lives: until when it does, on the cloud's clock. */
  leases: defineTable({
    tenant,
    gateway: v.string(),
    gatewayId: v.id('gateways'),
    until: v.number(),
  })
    .index('by_tenant_and_gateway', ['tenant', 'gateway'])
    .index('by_tenant_and_until', ['tenant', 'until']),

  pairings: defineTable({
    tenant,
    /** UUID made by the gateway, one per pairing attempt. */
    request: v.string(),
    /** Six digits, unique among waiting requests. */
    code: v.string(),
    device: v.string(),
    status: pairingStatus,
    requestedAt: v.number(),
    expiresAt: v.number(),
  })
    .index('by_tenant', ['tenant'])
    .index('by_tenant_and_request', ['tenant', 'request'])
    .index('by_tenant_and_code', ['tenant', 'code'])
    .index('by_tenant_status_and_expiresAt', ['tenant', 'status', 'expiresAt']),

  /** Fixed windows of rate limits. */
  attempts: defineTable({
    tenant,
    key: v.string(),
    windowStartedAt: v.number(),
    count: v.number(),
  })
    .index('by_tenant', ['tenant'])
    .index('by_tenant_and_key', ['tenant', 'key']),

  sessions: defineTable({
    tenant,
    /** UUID made by the gateway. */
    session: v.string(),
    /** UUID of the gateway's process. */
    gateway: v.optional(v.string()),
    deviceId: v.id('devices'),
    openedAt: v.number(),
    closedAt: v.optional(v.number()),
    closeCode: v.optional(v.number()),
    closeReason: v.optional(v.string()),
  })
    .index('by_tenant', ['tenant'])
    .index('by_device_and_session', ['deviceId', 'session'])
    .index('by_device_and_openedAt', ['deviceId', 'openedAt']),

  turns: defineTable({
    tenant,
    deviceId: v.id('devices'),
    ...turnRecord.fields,
    /** It has an error, or failed. Undefined: of a version without figures; its migration counts the turn and sets this. */
    hasError: v.optional(v.boolean()),
  })
    .index('by_tenant', ['tenant'])
    .index('by_device_and_turn', ['deviceId', 'turn'])
    .index('by_tenant_and_turn', ['tenant', 'turn'])
    .index('by_device_and_startedAt', ['deviceId', 'startedAt'])
    .index('by_tenant_and_startedAt', ['tenant', 'startedAt'])
    .index('by_tenant_and_outcome', ['tenant', 'outcome'])
    .index('by_tenant_outcome_and_startedAt', ['tenant', 'outcome', 'startedAt'])
    .index('by_device_outcome_and_startedAt', ['deviceId', 'outcome', 'startedAt'])
    .index('by_hasError_tenant_and_startedAt', ['hasError', 'tenant', 'startedAt'])
    .index('by_device_hasError_and_startedAt', ['deviceId', 'hasError', 'startedAt'])
    .searchIndex('by_transcript', { searchField: 'transcript', filterFields: ['tenant', 'deviceId'] })
    .searchIndex('by_replyText', { searchField: 'replyText', filterFields: ['tenant', 'deviceId'] }),

  /** Ids of turns that were deleted one by one: what is still told of them is not stored. */
  removedTurns: defineTable({ tenant, deviceId: v.id('devices'), turn: v.string() })
    .index('by_tenant', ['tenant'])
    .index('by_device_and_turn', ['deviceId', 'turn']),

  /** One row a device: what its newest turn does, and how many turns its last hours had. */
  activity: defineTable({
    tenant,
    deviceId: v.id('devices'),
    newest: v.optional(
      v.object({
        turn: v.string(),
        startedAt: v.number(),
        state: turnState,
        outcome: v.optional(turnOutcome),
        error: v.optional(turnError),
      }),
    ),
    /** Newest first; those without turns are left out. */
    hours: v.array(v.object({ startsAt: v.number(), turns: v.number(), errors: v.number() })),
  })
    .index('by_tenant', ['tenant'])
    .index('by_device', ['deviceId']),

  /**
   * What the turns that began in an hour or a day (UTC) and are over come to; without a device: those of all devices. Turns of all devices are
   * counted in several rows (`shard`), whose sum counts; one of them alone may be below 0.
   */
  turnFigures: defineTable({
    tenant,
    deviceId: v.optional(v.id('devices')),
    /** 0 to 7, by gateway. Undefined: of one device, or of a version with one row. */
    shard: v.optional(v.number()),
    unit: v.union(v.literal('hour'), v.literal('day')),
    startsAt: v.number(),
    turns: v.number(),
    errors: v.number(),
    /** Distributions of the latencies, by stage (sketch.ts). */
    stages: v.record(v.string(), v.record(v.string(), v.number())),
  })
    .index('by_tenant_device_unit_startsAt_and_shard', ['tenant', 'deviceId', 'unit', 'startsAt', 'shard'])
    .index('by_device', ['deviceId']),

  recordings: defineTable({
    tenant,
    /** Undefined: recorded by a version in which ids were unique over all devices. */
    deviceId: v.optional(v.id('devices')),
    turn: v.string(),
    /** Ogg Opus: any player plays it. */
    storageId: v.id('_storage'),
    bytes: v.number(),
    durationMs: v.number(),
  })
    .index('by_tenant', ['tenant'])
    .index('by_device', ['deviceId'])
    .index('by_device_and_turn', ['deviceId', 'turn'])
    .index('by_storageId', ['storageId']),

  /** Bytes of the recordings of each device that has any. */
  recordingBytes: defineTable({ deviceId: v.optional(v.id('devices')), bytes: v.number() })
    .index('by_device', ['deviceId'])
    .index('by_bytes', ['bytes']),

  /** Replies that a device plays while it has no connection. Without a device: for all devices. */
  replies: defineTable({
    tenant,
    key: v.string(),
    deviceId: v.optional(v.id('devices')),
    text: v.string(),
    storageId: v.id('_storage'),
    bytes: v.number(),
  })
    .index('by_tenant_and_key', ['tenant', 'key'])
    .index('by_tenant_and_device', ['tenant', 'deviceId'])
    .index('by_storageId', ['storageId']),

  reports: defineTable({
    tenant,
    deviceId: v.id('devices'),
    at: v.number(),
    figures,
  })
    .index('by_tenant', ['tenant'])
    .index('by_device_and_at', ['deviceId', 'at']),

  /** What was said in the conversations with the assistant; `text` of an answer is what the person heard. */
  messages: defineTable({
    tenant,
    deviceId: v.id('devices'),
    turn: v.string(),
    role: v.union(v.literal('person'), v.literal('assistant')),
    text: v.string(),
    at: v.number(),
  })
    .index('by_tenant', ['tenant'])
    .index('by_device_and_at', ['deviceId', 'at'])
    .index('by_device_turn_and_role', ['deviceId', 'turn', 'role']),

  /** One row a device: what was said until then. */
  summaries: defineTable({ tenant, deviceId: v.id('devices'), text: v.string(), until: v.number() })
    .index('by_tenant', ['tenant'])
    .index('by_device', ['deviceId']),

  /** `list` is in lower case. */
  listItems: defineTable({ tenant, deviceId: v.id('devices'), list: v.string(), item: v.string() }).index(
    'by_device_and_list',
    ['deviceId', 'list'],
  ),

  /** What a device should say, and what became of it. */
  announcements: defineTable({
    tenant,
    deviceId: v.id('devices'),
    /** UUID made by who announces it. */
    announcement: v.string(),
    text: v.string(),
    priority: announcementPriority,
    state: announcementState,
    /** Why it was declined or failed. */
    reason: v.optional(v.string()),
    /** The turn in which it was made. */
    turn: v.optional(v.string()),
    expiresAt: v.number(),
  })
    .index('by_tenant', ['tenant'])
    .index('by_device_and_announcement', ['deviceId', 'announcement'])
    .index('by_device_and_state', ['deviceId', 'state'])
    .index('by_state_and_expiresAt', ['state', 'expiresAt']),

  /** Timers, reminders and alarms that have not rung. */
  reminders: defineTable({
    tenant,
    deviceId: v.id('devices'),
    /** UUID made by the gateway. */
    reminder: v.string(),
    kind: reminderKind,
    label: v.string(),
    /** When it rings. */
    at: v.number(),
    durationMs: v.optional(v.number()),
  })
    .index('by_device_and_at', ['deviceId', 'at'])
    .index('by_device_and_reminder', ['deviceId', 'reminder']),

  /** Those that have rung. */
  rings: defineTable({
    tenant,
    deviceId: v.id('devices'),
    reminder: v.string(),
    kind: reminderKind,
    label: v.string(),
    at: v.number(),
    outcome: ringOutcome,
    lateMs: v.number(),
  })
    .index('by_tenant', ['tenant'])
    .index('by_device', ['deviceId'])
    .index('by_device_and_reminder', ['deviceId', 'reminder']),

  /** Devices that are being deleted, and those that were. */
  removals: defineTable({
    tenant,
    /** Its row is deleted first. */
    deviceId: v.id('devices'),
    device: v.string(),
    removedAt: v.number(),
    /** When it began. Turns that go on are not in it. */
    turns: v.number(),
    deletedTurns: v.number(),
    /** Of all tables. */
    deletedRows: v.number(),
    finishedAt: v.optional(v.number()),
  })
    .index('by_tenant', ['tenant'])
    .index('by_tenant_and_device', ['tenant', 'device']),

  /** What all devices of a tenant together may use, where it is not the gateways' own limits. */
  quotas: defineTable({
    tenant,
    connections: v.optional(v.number()),
    turns: v.optional(v.number()),
    speechSeconds: v.optional(v.number()),
    bytes: v.optional(v.number()),
  }).index('by_tenant', ['tenant']),

  /** What is wanted of each gateway that has much to do: connections, turns and seconds of speech a minute. */
  demands: defineTable({
    tenant,
    /** UUID of its process. */
    gateway: v.string(),
    at: v.number(),
    connections: v.number(),
    turns: v.number(),
    speechSeconds: v.number(),
    bytes: v.optional(v.number()),
  }).index('by_tenant', ['tenant']),

  /** Whether recordings are kept; without a device: of all that have no row of their own. No row: they are kept. */
  recordingChoices: defineTable({ tenant, deviceId: v.optional(v.id('devices')), keep: v.boolean() }).index(
    'by_tenant_and_device',
    ['tenant', 'deviceId'],
  ),

  /** Days for which rows of a table are stored, where it is not the default. */
  retention: defineTable({ tenant, table: limitedTable, days: v.number() }).index('by_tenant_and_table', [
    'tenant',
    'table',
  ]),
});
