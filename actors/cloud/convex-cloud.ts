/**
 * The cloud as a Convex deployment, by the official client: one WebSocket for calls and subscriptions.
 */
import { randomInt } from 'node:crypto';
import { ConvexClient } from 'convex/browser';
import { convexToJson, type Value } from 'convex/values';
import { api } from '../../convex/_generated/api.js';
import type { Id } from '../../convex/_generated/dataModel.d.ts';
import { errorFields, messageOf } from '../../src/core/errors.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import { createOccasionalLog } from '../../src/core/log/occasional-log.ts';
import { type Clock, systemClock } from '../../src/core/time/clock.ts';
import { DEFAULT_TENANT, type TokenClaims } from '../../src/protocol/identity.ts';
import { batchMutations } from './batched-mutations.ts';
import { createCallLimit } from './call-limit.ts';
import { type Cloud, CloudRefusal, type Unwatch } from './cloud.ts';
import {
  firstLine,
  isOutdated,
  mapCloudErrors,
  outdatedCloud,
  subscriptionError,
  unavailable,
} from './cloud-errors.ts';
import { CLIENT_OPTIONS, identifyClient, timeOf } from './cloud-identity.ts';
import { createTokenWatches } from './token-watches.ts';

const UPLOAD_TIMEOUT_MS = 60_000;
/** More than the cloud has. */
const SHARDS = 1_000;

export interface ConvexCloudOptions {
  url: string;
  gatewayKey: string;
  tenant: string;
  log: Log;
}

/** A connection on which the cloud knows who calls. */
export interface IdentifiedClient {
  client: ConvexClient;
  close(): Promise<void>;
}

export interface CloudClientOptions {
  url: string;
  gatewayKey: string;
  claims: Omit<TokenClaims, 'tenant'>;
  /** Default: `default`. */
  tenant?: string;
  clock?: Clock;
  log?: Log;
}

/** @throws EarshotError `usage` for a key that is too short */
export function openClient({
  url,
  gatewayKey,
  claims,
  tenant = DEFAULT_TENANT,
  clock = systemClock,
  log = silentLog,
}: CloudClientOptions): IdentifiedClient {
  const key = signingKeyOf(gatewayKey);
  const client = new ConvexClient(url, { logger: false, unsavedChangesWarning: false, ...CLIENT_OPTIONS });
  const identity = { client, key, claims: { ...claims, tenant }, cloudTime: () => timeOf(url) };
  const stopIdentity = identifyClient({ ...identity, clock, log });
  return {
    client,
    async close() {
      stopIdentity();
      await client.close();
    },
  };
}

export function connectConvex({ url, gatewayKey, tenant, log }: ConvexCloudOptions): Cloud {
  const claims = { role: 'gateway', subject: 'gateway' } as const;
  const { client, close } = openClient({ url, gatewayKey, claims, tenant, log });
  const calling: CallingClient = {
    connectionState: client.connectionState.bind(client),
    subscribeToConnectionState: client.subscribeToConnectionState.bind(client),
    query: client.query.bind(client),
    mutation: batchMutations(client, systemClock),
    onUpdate: client.onUpdate.bind(client),
  };
  return cloudOf({ client: calling, shard: randomInt(SHARDS), url, clock: systemClock, log, close });
}

/** What the cloud is asked by, of Convex's client. */
export type CallingClient = Pick<
  ConvexClient,
  'connectionState' | 'subscribeToConnectionState' | 'query' | 'mutation' | 'onUpdate'
>;

export interface CloudOfOptions {
  client: CallingClient;
  /** A number of this gateway: gateways count their turns apart, and do not wait for each other. */
  shard: number;
  url: string;
  clock: Clock;
  log: Log;
  close(): Promise<void>;
}

/** The calls of a gateway as functions of convex/, by this client. */
export function cloudOf({ client, shard, url, clock, log, close }: CloudOfOptions): Cloud {
  const say = createOccasionalLog(log);
  const onQueryError = (error: Error) => say('the cloud refuses a subscription', errorFields(subscriptionError(error)));
  const callLimit = createCallLimit(clock);
  /** The version of its functions, when it is too old. */
  let outdated: { version: number | null } | undefined;

  async function answered<T>(call: Promise<T>): Promise<T> {
    try {
      return await mapCloudErrors(callLimit.limited(call));
    } catch (error) {
      // An argument that its functions do not know yet: with newer ones it will be taken.
      const isUnknown = error instanceof CloudRefusal && error.refusal === 'invalid';
      throw outdated && isUnknown ? outdatedCloud(outdated.version, error) : error;
    }
  }

  const tokens = createTokenWatches({ client, clock, onError: onQueryError });

  return {
    get isConnected() {
      return client.connectionState().isWebSocketConnected;
    },
    watchConnection(onChange) {
      let last = client.connectionState().isWebSocketConnected;
      return client.subscribeToConnectionState(({ isWebSocketConnected }) => {
        if (isWebSocketConnected === last) return;
        last = isWebSocketConnected;
        onChange(last);
      });
    },

    verifyToken: (tokenHash) => answered(tokens.verify(tokenHash)),
    watchToken: tokens.watch,
    watchDevice: (device, onState) => once(client.onUpdate(api.devices.watch, { device }, onState, onQueryError)),

    settings: (device) => answered(client.query(api.settings.forDevice, { device })),
    async setVolume(device, volumePercent) {
      await answered(client.mutation(api.settings.setVolume, { device, volumePercent }));
    },

    async cachedReplies(keys) {
      const all = await answered(client.query(api.replies.list, {}));
      const wanted = all.filter(({ key }) => keys.includes(key));
      const files = await Promise.allSettled(wanted.map((reply) => download(withOrigin(reply.url, url))));
      return files.flatMap((file, i) => {
        const reply = wanted[i];
        if (!reply) return [];
        const { key, text } = reply;
        if (file.status === 'fulfilled') return [{ key, text, file: file.value }];
        log.warn('a cached reply cannot be fetched', { key, ...errorFields(file.reason) });
        return [];
      });
    },

    requestPairing: (pairing) => answered(client.mutation(api.pairing.request, { ...pairing })),
    watchPairing: (request, onApproved) =>
      once(
        client.onUpdate(
          api.pairing.watch,
          { request },
          (status) => status === 'approved' && onApproved(),
          onQueryError,
        ),
      ),
    claimPairing: (claim) => answered(client.mutation(api.pairing.claim, { ...claim })),
    async withdrawPairing(pairing) {
      await answered(client.mutation(api.pairing.withdraw, { ...pairing }));
    },

    recordSession: async (device, session) =>
      await answered(client.mutation(api.sessions.record, sendable({ device, ...session }))),
    async renewLease(gateway) {
      const version: number | null = await answered(client.mutation(api.gateways.renew, { gateway }));
      outdated = isOutdated(version) ? { version } : undefined;
      return version;
    },
    watchWakeWords: (group, gateway, onReports) =>
      once(client.onUpdate(api.wake.elsewhere, { group, gateway }, onReports, onQueryError)),
    reportWakeWord: (device, gateway, heard) =>
      answered(client.mutation(api.wake.report, sendable({ device, gateway, heard }))),
    time: () => answered(client.mutation(api.sessions.time, {})),
    async reportUsed(device, used) {
      await answered(client.mutation(api.sessions.used, { device, used: { ...used } }));
    },
    async recordTurn(device, turn, recording) {
      const file = recording && { ...recording, storageId: recording.storageId as Id<'_storage'> };
      const args = sendable({ device, record: turn, shard, ...(file && { recording: file }) });
      await answered(client.mutation(api.turns.record, args));
    },
    turnStanding: (device, turn) => answered(client.query(api.turns.standing, { device, turn })),
    async addReport(device, { at, figures }) {
      await answered(client.mutation(api.reports.add, sendable({ device, at, figures })));
    },
    watchAnnouncements: (device, onList) =>
      once(client.onUpdate(api.announcements.forDevice, { device }, onList, onQueryError)),
    async reportAnnouncement(device, report) {
      await answered(client.mutation(api.announcements.report, sendable({ device, ...report })));
    },
    watchReminders: (device, onList) =>
      once(client.onUpdate(api.reminders.forDevice, { device }, onList, onQueryError)),
    async recordReminder(device, record) {
      await answered(client.mutation(api.reminders.record, sendable({ device, record: { ...record } })));
    },
    async recordMessage(device, message) {
      await answered(client.mutation(api.messages.record, sendable({ device, message: { ...message } })));
    },
    recallMessages: (device, limit) => answered(client.query(api.messages.recall, { device, limit })),
    async summarizeMessages(device, summary) {
      await answered(client.mutation(api.messages.summarize, sendable({ device, ...summary })));
    },
    forgetMessages: (device, until) => answered(client.mutation(api.messages.forget, { device, until })),
    lists: (device) => answered(client.query(api.lists.all, { device })),
    async addToList(device, list, items) {
      await answered(client.mutation(api.lists.add, sendable({ device, list, items: [...items] })));
    },
    removeFromList: (device, list, items) =>
      answered(client.mutation(api.lists.remove, sendable({ device, list, ...(items && { items: [...items] }) }))),
    watchRecordingChoices: (onChoices) => once(client.onUpdate(api.recordings.choices, {}, onChoices, onQueryError)),
    watchQuota: (onQuota) => once(client.onUpdate(api.quotas.get, {}, onQuota, onQueryError)),
    reportDemand: (gateway, wanted) => answered(client.mutation(api.quotas.report, { gateway, wanted })),
    uploadUrl: () => answered(client.mutation(api.recordings.uploadUrl, {})),
    upload: (address, file) => uploadFile(withOrigin(address, url), file),

    close() {
      tokens.close();
      callLimit.close();
      return close();
    },
  };
}

async function download(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw unavailable(cause);
  }
}

/** @throws CloudRefusal for what can't be sent at all: it would fail again and again, or take the connection with it. */
function sendable<Args extends Record<string, Value>>(args: Args): Args {
  try {
    JSON.stringify(convexToJson(args), (_key, value) => {
      if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
        throw new Error('A text has half a character in it');
      return value;
    });
    return args;
  } catch (cause) {
    throw new CloudRefusal('invalid', firstLine(messageOf(cause)), { cause });
  }
}

/** The client's own fails when it is called a second time. */
function once(unwatch: Unwatch): Unwatch {
  let over = false;
  return () => {
    if (over) return;
    over = true;
    unwatch();
  };
}

/**
 * A deployment names files by the origin that it knows itself by; in a container network that is not where its callers reach
 * it. They reach it where they called it.
 */
export function withOrigin(address: string, deployment: string): string {
  const { pathname, search } = new URL(address);
  return new URL(`${pathname}${search}`, deployment).href;
}

/** Puts an Ogg Opus file at such an address. @returns its storage id */
export async function uploadFile(url: string, file: Uint8Array): Promise<string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'audio/ogg' },
      body: file as Uint8Array<ArrayBuffer>,
      signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
    });
    const body: unknown = response.ok ? await response.json() : undefined;
    if (typeof body === 'object' && body !== null && 'storageId' in body && typeof body.storageId === 'string') {
      return body.storageId;
    }
    throw new Error(`HTTP ${response.status}`);
  } catch (cause) {
    throw unavailable(cause);
  }
}
