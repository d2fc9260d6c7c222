/**
 * What the page remembers in this browser: choices of the person, and the token of the pairing. Storage may be full, forbidden or edited by
 * hand: then defaults are used, and choices last as long as the page.
 */
export interface Preferences {
  /** Of this device, as the operator sees it. */
  name: string;
  /** Of the pairing; empty: not paired yet. */
  token: string;
  /** The browser's echo cancellation and noise suppression. Without them an answer comes some 20 ms earlier, for headphones. */
  echoCancellation: boolean;
  isHandsFree: boolean;
  /** 0…1 */
  volume: number;
  /** Empty: the system's choice. */
  microphoneId: string;
  speakerId: string;
}

type ReadableStorage = Pick<Storage, 'getItem'>;
type WritableStorage = Pick<Storage, 'setItem'>;

const STORED_AS = 'earshot.talk';
const TOKEN = /^[\w-]{32,256}$/;
const NAME_MAX_LENGTH = 64;

export function loadPreferences(storage: ReadableStorage | undefined, defaultName: string): Preferences {
  const stored = read(storage);
  const text = (key: string) => (typeof stored[key] === 'string' ? stored[key] : '');
  const volume = stored.volume;
  return {
    name: deviceNameIn(text('name')) || defaultName,
    token: TOKEN.test(text('token')) ? text('token') : '',
    echoCancellation: stored.echoCancellation !== false,
    isHandsFree: stored.isHandsFree === true,
    volume: typeof volume === 'number' && volume >= 0 && volume <= 1 ? volume : 1,
    microphoneId: text('microphoneId'),
    speakerId: text('speakerId'),
  };
}

/** Whether they will be remembered. */
export function savePreferences(storage: WritableStorage | undefined, preferences: Preferences): boolean {
  try {
    storage?.setItem(STORED_AS, JSON.stringify(preferences));
    return storage !== undefined;
  } catch {
    // Full, or forbidden by the browser: the caller tells the person.
    return false;
  }
}

/** A name that the gateway accepts; empty: there is none in it. */
export function deviceNameIn(text: string): string {
  return text
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, NAME_MAX_LENGTH)
    .trim();
}

/** `Chrome on Android 4f2a`: names of devices must differ, so it ends with something random. */
export function describeBrowser(userAgent: string, randomHex: string): string {
  const browser = [
    [/Firefox|FxiOS/, 'Firefox'],
    [/Edg/, 'Edge'],
    [/Chrome|CriOS|Chromium/, 'Chrome'],
    [/Safari/, 'Safari'],
  ].find(([pattern]) => (pattern as RegExp).test(userAgent))?.[1];
  const system = [
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS/, 'Mac'],
    [/Linux|CrOS/, 'Linux'],
  ].find(([pattern]) => (pattern as RegExp).test(userAgent))?.[1];
  return `${browser ?? 'Browser'}${system === undefined ? '' : ` on ${system}`} ${randomHex}`;
}

function read(storage: ReadableStorage | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(storage?.getItem(STORED_AS) ?? '{}');
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    // Edited by hand, or forbidden: as if nothing was stored.
    return {};
  }
}
