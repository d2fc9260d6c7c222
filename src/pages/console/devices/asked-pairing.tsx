/**
 * The pairing request that the address names, as the QR code of the talk page does: why it does not wait (any more).
 */
import { useQuery } from 'convex/react';
import { Banner, type Tone } from '../../design/states.tsx';
import { api } from '../shell/api.ts';

/** The digits of a code as it may be written: `123 456`. */
export function codeDigits(written: string | null): string | undefined {
  return written?.replaceAll(/\s/g, '') || undefined;
}

/** As devices show it. */
export function codeText(code: string): string {
  return /^\d{6}$/.test(code) ? `${code.slice(0, 3)} ${code.slice(3)}` : code;
}

type Standing = 'pending' | 'approved' | 'used' | 'withdrawn' | null;

interface Told {
  tone: Tone;
  text: string;
}

/** Undefined: there is nothing to tell, because its device gets its token at this moment. */
export function goneInWords(code: string, standing: Standing): Told | undefined {
  // Not on two lines.
  const shown = codeText(code).replace(' ', '\u00a0');
  const next = 'When it connects again, it shows a new code.';
  switch (standing) {
    case 'approved':
      return undefined;
    case 'used':
      return { tone: 'accent', text: `Code ${shown} was approved already: its device is paired.` };
    case 'withdrawn':
      return { tone: 'warning', text: `The device with code ${shown} has disconnected. ${next}` };
    case 'pending':
      return { tone: 'warning', text: `Code ${shown} has expired. The device shows a new one.` };
    default:
      return { tone: 'warning', text: `No device shows code ${shown}. Compare it with the device’s.` };
  }
}

/** For a code that no device in the list has. */
export function AskedPairing({ code, onForget }: { code: string; onForget(): void }) {
  const standing = useQuery(api.pairing.standing, { code });
  const told = standing === undefined ? undefined : goneInWords(code, standing?.status ?? null);
  if (!told) return null;
  return (
    <div class="asked-pairing">
      <Banner
        tone={told.tone}
        action={
          <button type="button" onClick={onForget}>
            Close
          </button>
        }
      >
        <p>{told.text}</p>
      </Banner>
    </div>
  );
}
