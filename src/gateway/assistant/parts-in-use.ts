/** Which providers are in use: for the first line of the gateway, and for programs. */
import type { PartName } from '../../../actors/assistant/parts/provider.ts';
import type { AssistantConfig } from './config.ts';

/** A part in use, without its key. */
export interface PartInUse {
  part: PartName;
  provider: string;
  /** The address without its query, which may have a key. */
  url?: string;
  model?: string;
  voice?: string;
}

export function partsInUse({ transcriber, brain, synthesizer, realtime }: AssistantConfig): PartInUse[] {
  const parts = realtime ? { realtime } : { transcriber, brain, synthesizer };
  return Object.entries(parts).map(
    ([
      part,
      {
        provider,
        settings: { url, model, voice },
      },
    ]) => ({
      part: part as PartName,
      provider,
      ...(url !== undefined && { url: url.replace(/[?#].*$/s, '') }),
      ...(model !== undefined && { model }),
      ...(voice !== undefined && { voice }),
    }),
  );
}

/** For people, e.g. `moonshine, openai (llama3 at 127.0.0.1:11434), flite`. */
export function describeParts(parts: readonly PartInUse[]): string {
  return parts
    .map(({ provider, url, model }) => {
      const where = [model, url === undefined ? undefined : `at ${new URL(url).host}`];
      const details = where.filter((each) => each !== undefined).join(' ');
      return details === '' ? provider : `${provider} (${details})`;
    })
    .join(', ');
}
