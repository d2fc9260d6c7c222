/** What both Wyoming parts need. */
import type { PartContext, ProviderSettings } from '../parts/provider.ts';
import { type WyomingServer, wyomingServer } from './wyoming-connection.ts';

const TIMEOUT_MS = 8_000;
/** The description of a server with hundreds of voices has 200 KiB; a second of audio has 96. */
const MAX_EVENT_BYTES = 4_194_304;

export interface WyomingPart {
  server: WyomingServer;
  settings: ProviderSettings;
  context: PartContext;
  timeoutMs: number;
}

/** @throws AssistantError `assistant_config` */
export function wyomingPart(settings: ProviderSettings, context: PartContext): WyomingPart {
  const server = wyomingServer(settings.url, MAX_EVENT_BYTES);
  return { server, settings, context, timeoutMs: settings.timeoutMs ?? TIMEOUT_MS };
}
