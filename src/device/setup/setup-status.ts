/** What the page of set-up is told, and what it sends. */
import * as v from 'valibot';
import type { WifiNetwork } from '../../../actors/wifi/network-manager.ts';

/** `choose`: the form is there. In the other steps the person waits, or approves the code. */
export const SETUP_STEPS = ['choose', 'joining', 'searching', 'pairing', 'done'] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

export interface SetupStatus {
  step: SetupStep;
  /** Of the device at the gateway. */
  device: string;
  networks: readonly WifiNetwork[];
  /** That was chosen last: its password need not be typed again. */
  ssid?: string;
  gateway?: string;
  /** Why it did not work. */
  error?: { message: string; hint: string };
  /** The operator has to approve it. */
  code?: string;
}

const MAX_SSID_BYTES = 32;
/** Also the limit of what is read of a form. */
export const MAX_FORM_BYTES = 2_048;

const printableText = v.pipe(
  v.string(),
  v.check((text) => !/\p{Cc}/u.test(text), 'it has control characters'),
);

/** Without `ssid` the network stays, which is there by cable. */
const form = v.object({
  ssid: v.optional(
    v.pipe(
      printableText,
      v.minLength(1, 'The name of the network is missing'),
      v.check((ssid) => Buffer.byteLength(ssid) <= MAX_SSID_BYTES, 'The name of a network has up to 32 characters'),
    ),
  ),
  password: v.optional(
    v.pipe(v.string(), v.regex(/^[\x20-\x7e]{8,63}$/, 'The password of a network has 8 to 63 characters')),
  ),
  gateway: v.optional(v.pipe(printableText, v.maxLength(256, 'The address of the gateway is too long'))),
});
export type SetupForm = v.InferOutput<typeof form>;

/** The form, or what is wrong with it, for a person. */
export function parseForm(text: string): SetupForm | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'The form cannot be read';
  }
  if (Array.isArray(value)) return 'The form cannot be read';
  const parsed = v.safeParse(form, value);
  return parsed.success ? parsed.output : (parsed.issues[0]?.message ?? 'The form is not complete');
}
