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
import type * as crons from "../crons.js";
import type * as environment from "../environment.js";
import type * as failures from "../failures.js";
import type * as files from "../files.js";
import type * as http from "../http.js";
import type * as identity from "../identity.js";
import type * as jobs from "../jobs.js";
import type * as limits from "../limits.js";
import type * as read from "../read.js";
import type * as typed from "../typed.js";
import type * as write from "../write.js";

/**
 * A utility for referencing Convex functions in your app's API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
declare const fullApi: ApiFromModules<{
  crons: typeof crons;
  environment: typeof environment;
  failures: typeof failures;
  files: typeof files;
  http: typeof http;
  identity: typeof identity;
  jobs: typeof jobs;
  limits: typeof limits;
  read: typeof read;
  typed: typeof typed;
  write: typeof write;
}>;
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;
