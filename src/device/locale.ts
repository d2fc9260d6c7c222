/**
 * Language, time zone and units of this machine, for the assistant.
 */
import type { Hello } from '../protocol/control.ts';
import { LANGUAGE_TAG, TIME_ZONE_NAME } from '../protocol/locale.ts';

/** Regions that measure in miles and degrees Fahrenheit (CLDR, measurementSystem US). */
const IMPERIAL_REGIONS = new Set(['US', 'LR', 'MM']);

/** The language of a process, as a tag of BCP 47 if it is one: a locale of a service, `C` or `POSIX`, names no language. */
export function languageOf({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): string {
  const [posix = ''] = (LC_ALL || LC_MESSAGES || LANG || '').split(/[.@]/);
  return posix.replaceAll('_', '-');
}

/** What is unknown is missing. */
export function localeOf(tag: string, { timeZone }: { timeZone: string }): NonNullable<Hello['locale']> {
  const language = LANGUAGE_TAG.test(tag) ? tag : undefined;
  const region = language && new Intl.Locale(language).region;
  return {
    ...(language !== undefined && { language }),
    ...(TIME_ZONE_NAME.test(timeZone) && { timeZone }),
    ...(region !== undefined && { units: IMPERIAL_REGIONS.has(region) ? 'imperial' : 'metric' }),
  };
}
