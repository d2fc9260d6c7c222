/**
 * A device without a token: its code, which the operator approves in the console or on the gateway, and the same as a QR code.
 */
import { later } from './later.tsx';

/** A browser is paired once. Without its file there is the code in digits. */
const QrCode = later(async () => (await import('./qr-code.tsx')).QrCode);

interface Props {
  pairing: { code: string; expiresAtMs: number };
  /** ms since 1970. */
  nowMs: number;
  /** The name that the operator sees. */
  name: string;
}

export function PairingCard({ pairing: { code, expiresAtMs }, nowMs, name }: Props) {
  const address = `${location.origin}/console/#/devices?code=${code}`;
  const minutes = Math.max(0, Math.ceil((expiresAtMs - nowMs) / 60_000));
  return (
    <section class="card pairing" aria-labelledby="pairing-title">
      <div>
        <h2 id="pairing-title">Pair this browser</h2>
        <p class="quiet">The operator has to approve “{name}” once. Show this code, or let the operator scan it.</p>
        <p class="pairing-code number" aria-label={`Code: ${[...code].join(' ')}`} role="status">
          {code.slice(0, 3)} {code.slice(3)}
        </p>
        <p class="quiet">
          In the <a href={address}>console</a>, or on the gateway’s machine: <code>earshot pair approve {code}</code>
        </p>
        <p class="quiet number">
          Valid for {minutes} {minutes === 1 ? 'minute' : 'minutes'}; then there is a new one.
        </p>
      </div>
      <QrCode text={address} label={`QR code that opens the console with code ${code}`} />
    </section>
  );
}
