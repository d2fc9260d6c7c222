/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";
import type * as access from "../access.js";
import type * as activity from "../activity.js";
import type * as announcements from "../announcements.js";
import type * as attempts from "../attempts.js";
import type * as batches from "../batches.js";
import type * as connections from "../connections.js";
import type * as controls from "../controls.js";
import type * as count_turns from "../count-turns.js";
import type * as crons from "../crons.js";
import type * as delete_turns from "../delete-turns.js";
import type * as device_rows from "../device-rows.js";
import type * as devices from "../devices.js";
import type * as ensure_device from "../ensure-device.js";
import type * as errors from "../errors.js";
import type * as export_device from "../export-device.js";
import type * as figures from "../figures.js";
import type * as files from "../files.js";
import type * as find_turn from "../find-turn.js";
import type * as gateways from "../gateways.js";
import type * as keep_recordings from "../keep-recordings.js";
import type * as listed_turns from "../listed-turns.js";
import type * as lists from "../lists.js";
import type * as lookup from "../lookup.js";
import type * as messages from "../messages.js";
import type * as overview from "../overview.js";
import type * as pairing from "../pairing.js";
import type * as presence from "../presence.js";
import type * as quotas from "../quotas.js";
import type * as record_turn from "../record-turn.js";
import type * as recordings from "../recordings.js";
import type * as reminders from "../reminders.js";
import type * as removals from "../removals.js";
import type * as replies from "../replies.js";
import type * as reports from "../reports.js";
import type * as retention from "../retention.js";
import type * as search_turns from "../search-turns.js";
import type * as sessions from "../sessions.js";
import type * as settings from "../settings.js";
import type * as sketch from "../sketch.js";
import type * as storage from "../storage.js";
import type * as turn_pages from "../turn-pages.js";
import type * as turns from "../turns.js";
import type * as values from "../values.js";
import type * as wake from "../wake.js";

/**
 * A utility for referencing Convex functions in your app's API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
declare const fullApi: ApiFromModules<{
  access: typeof access;
  activity: typeof activity;
  announcements: typeof announcements;
  attempts: typeof attempts;
  batches: typeof batches;
  connections: typeof connections;
  controls: typeof controls;
  "count-turns": typeof count_turns;
  crons: typeof crons;
  "delete-turns": typeof delete_turns;
  "device-rows": typeof device_rows;
  devices: typeof devices;
  "ensure-device": typeof ensure_device;
  errors: typeof errors;
  "export-device": typeof export_device;
  figures: typeof figures;
  files: typeof files;
  "find-turn": typeof find_turn;
  gateways: typeof gateways;
  "keep-recordings": typeof keep_recordings;
  "listed-turns": typeof listed_turns;
  lists: typeof lists;
  lookup: typeof lookup;
  messages: typeof messages;
  overview: typeof overview;
  pairing: typeof pairing;
  presence: typeof presence;
  quotas: typeof quotas;
  "record-turn": typeof record_turn;
  recordings: typeof recordings;
  reminders: typeof reminders;
  removals: typeof removals;
  replies: typeof replies;
  reports: typeof reports;
  retention: typeof retention;
  "search-turns": typeof search_turns;
  sessions: typeof sessions;
  settings: typeof settings;
  sketch: typeof sketch;
  storage: typeof storage;
  "turn-pages": typeof turn_pages;
  turns: typeof turns;
  values: typeof values;
  wake: typeof wake;
}>;
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;
