/**
 * Earshot's client library without what only a browser has (browser/index.ts adds it): `earshot/client`. docs/library.md has examples.
 */
export { EarshotError, type ErrorInfo } from '../core/errors.ts';
export type {
  AudioLevel,
  Client,
  ClientAudio,
  ClientEvents,
  ClientListening,
  ClientOptions,
  ClientState,
  ConnectionState,
  TokenStorage,
  Turn,
  TurnEvents,
  TurnResult,
  TurnStorage,
} from './client.ts';
export { createClient } from './create-client.ts';
export type { WebSocketClass } from './dial.ts';
