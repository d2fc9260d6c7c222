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
import type * as announcements from "../announcements.js";
import type * as attempts from "../attempts.js";
import type * as crons from "../crons.js";
import type * as devices from "../devices.js";
import type * as errors from "../errors.js";
import type * as files from "../files.js";
import type * as find_turn from "../find-turn.js";
import type * as lists from "../lists.js";
import type * as lookup from "../lookup.js";
import type * as messages from "../messages.js";
import type * as pairing from "../pairing.js";
import type * as presence from "../presence.js";
import type * as recordings from "../recordings.js";
import type * as reminders from "../reminders.js";
import type * as replies from "../replies.js";
import type * as reports from "../reports.js";
import type * as retention from "../retention.js";
import type * as sessions from "../sessions.js";
import type * as settings from "../settings.js";
import type * as storage from "../storage.js";
import type * as turns from "../turns.js";
import type * as values from "../values.js";

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
  announcements: typeof announcements;
  attempts: typeof attempts;
  crons: typeof crons;
  devices: typeof devices;
  errors: typeof errors;
  files: typeof files;
  "find-turn": typeof find_turn;
  lists: typeof lists;
  lookup: typeof lookup;
  messages: typeof messages;
  pairing: typeof pairing;
  presence: typeof presence;
  recordings: typeof recordings;
  reminders: typeof reminders;
  replies: typeof replies;
  reports: typeof reports;
  retention: typeof retention;
  sessions: typeof sessions;
  settings: typeof settings;
  storage: typeof storage;
  turns: typeof turns;
  values: typeof values;
}>;
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;
