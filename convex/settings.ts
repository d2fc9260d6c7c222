/**
 * Settings of a device; the gateway forwards them to the running daemon.
 */
import { type Infer, v } from 'convex/values';
import { isName, isText, MAX_TEXT_LENGTH, SETTING_RANGES, TIME_OF_DAY } from '../src/protocol/bounds.ts';
import { MAX_FOLLOW_UP_MS } from '../src/protocol/listening.ts';
import { LANGUAGE_TAG, TIME_ZONE_NAME } from '../src/protocol/locale.ts';
import type { Doc } from './_generated/dataModel.d.ts';
import { mutation, type QueryCtx, query } from './_generated/server.js';
import { requireRole } from './access.ts';
import { deviceInUse } from './ensure-device.ts';
import { refusal } from './errors.ts';
import { deviceNamed, knownDevice, replyNamed } from './lookup.ts';
import { deviceSettings, listeningChanges } from './values.ts';

const text = v.optional(v.union(v.string(), v.null()));
const changesForAssistant = v.object({
  language: text,
  timeZone: text,
  units: v.optional(v.union(v.literal('metric'), v.literal('imperial'), v.null())),
  persona: text,
  voice: text,
  tools: v.optional(v.union(v.array(v.string()), v.null())),
});

export type DeviceSettings = Infer<typeof deviceSettings>;

const MAX_CACHED_REPLIES = 20;
const MAX_TOOLS = 100;

/** The settings of a known device, for the operator. */
export const get = query({
  args: { device: v.string() },
  returns: deviceSettings,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'settings:get');
    return (await knownDevice(ctx, { tenant, name: args.device })).settings;
  },
});

/** The gateway subscribes to it while the device is connected, also before the device is known. */
export const forDevice = query({
  args: { device: v.string() },
  returns: deviceSettings,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'settings:forDevice');
    return (await deviceNamed(ctx, { tenant, name: args.device }))?.settings ?? {};
  },
});

/** Changes the given settings; `null` removes one. */
export const set = mutation({
  args: {
    device: v.string(),
    settings: v.object({
      volumePercent: v.optional(v.union(v.number(), v.null())),
      bitrate: v.optional(v.union(v.number(), v.null())),
      bufferMs: v.optional(v.union(v.number(), v.null())),
      cachedReplies: v.optional(v.union(v.array(v.string()), v.null())),
      quietHours: v.optional(v.union(v.object({ from: v.string(), to: v.string() }), v.null())),
      listening: v.optional(listeningChanges),
      assistant: v.optional(changesForAssistant),
    }),
  },
  returns: deviceSettings,
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'settings:set');
    const device = await knownDevice(ctx, { tenant, name: args.device });
    const { assistant: assistantBefore, listening: listeningBefore, ...before } = device.settings;
    const { assistant: assistantChanges, listening: changesOfListening, ...changes } = args.settings;
    const assistant = withChanges(assistantBefore, assistantChanges);
    const listening = withChanges(listeningBefore, changesOfListening);
    const settings: DeviceSettings = {
      ...withChanges(before, changes),
      ...(listening && { listening }),
      ...(assistant && { assistant }),
    };
    check(settings);
    for (const key of args.settings.cachedReplies ?? []) await checkReply(ctx, device, key);
    await ctx.db.patch(device._id, { settings });
    return settings;
  },
});

/** A person asks the assistant for another volume. */
export const setVolume = mutation({
  args: { device: v.string(), volumePercent: v.number() },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenant } = await requireRole(ctx, 'settings:setVolume');
    const device = await deviceInUse(ctx, { tenant, name: args.device });
    if (!device) return null;
    const settings = { ...device.settings, volumePercent: args.volumePercent };
    check(settings);
    await ctx.db.patch(device._id, { settings });
    return null;
  },
});

/** `null` removes a setting. Undefined: none is left. */
function withChanges<Settings extends object>(
  before: Settings | undefined,
  changes: { [Name in keyof Settings]?: Settings[Name] | null } | undefined,
): Settings | undefined {
  const changed = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null);
  return changed.length > 0 ? (Object.fromEntries(changed) as Settings) : undefined;
}

async function checkReply(ctx: QueryCtx, device: Doc<'devices'>, key: string): Promise<void> {
  const reply = await replyNamed(ctx, { tenant: device.tenant, key });
  if (!reply) throw refusal('reply_unknown', `There is no reply named ${key}.`);
  if (reply.deviceId !== undefined && reply.deviceId !== device._id) {
    throw refusal('other_device', `The reply ${key} is for another device.`);
  }
}

function check(settings: DeviceSettings): void {
  for (const time of Object.values(settings.quietHours ?? {})) {
    if (!TIME_OF_DAY.test(time)) throw refusal('value_invalid', `A time of day is written like 22:30, not ${time}.`);
  }
  if (settings.assistant) checkAssistant(settings.assistant);
  checkRange('followUpMs', settings.listening?.followUpMs, 0, MAX_FOLLOW_UP_MS);
  for (const [name, [least, most]] of Object.entries(SETTING_RANGES)) {
    checkRange(name, settings[name as keyof typeof SETTING_RANGES], least, most);
  }
  if ((settings.cachedReplies?.length ?? 0) > MAX_CACHED_REPLIES) {
    throw refusal('too_large', `A device uses up to ${MAX_CACHED_REPLIES} cached replies.`);
  }
}

function checkRange(name: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
    throw refusal('value_invalid', `${name} is a whole number from ${least} to ${most}, not ${value}.`);
  }
}

function checkAssistant({ language, timeZone, persona, voice, tools = [] }: NonNullable<DeviceSettings['assistant']>) {
  if (language !== undefined && !LANGUAGE_TAG.test(language)) {
    throw refusal('value_invalid', `language is written like en or de-AT, not ${language}.`);
  }
  if (timeZone !== undefined && !TIME_ZONE_NAME.test(timeZone)) {
    throw refusal('value_invalid', `timeZone is written like Europe/Berlin, not ${timeZone}.`);
  }
  if (persona !== undefined && !isText(persona)) {
    throw refusal('too_large', `persona has up to ${MAX_TEXT_LENGTH} characters.`);
  }
  if (tools.length > MAX_TOOLS) throw refusal('too_large', `A device uses up to ${MAX_TOOLS} tools.`);
  for (const name of [...(voice === undefined ? [] : [voice]), ...tools]) {
    if (!isName(name)) throw refusal('value_invalid', 'voice and tools are names of 1 to 128 characters.');
  }
}
