/**
 * The gateway's options for browsers.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { describeError, EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { parseOrigin } from '../../gateway/web/page-origins.ts';
import type { WebSettings } from '../../gateway/web/web.ts';
import { openCertificate } from '../../server/certificate.ts';

export interface WebFlags {
  publicUrl?: string;
  allowOrigin: string[];
  tlsCert?: string;
  tlsKey?: string;
}

export function addWebFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--public-url <url>', 'where browsers reach the gateway, when that is through a proxy')
        .argParser(origin)
        .env('EARSHOT_PUBLIC_URL'),
    )
    .addOption(
      new Option('--allow-origin <origin>', 'a web page that may connect as a device; may be repeated')
        .argParser(collect)
        .default([], 'none')
        .env('EARSHOT_ALLOW_ORIGIN'),
    )
    .addOption(
      new Option('--tls-cert <file>', 'certificate, PEM: speak TLS; a renewed one is taken while it runs').env(
        'EARSHOT_TLS_CERT',
      ),
    )
    .addOption(new Option('--tls-key <file>', 'its key, PEM').env('EARSHOT_TLS_KEY'));
}

/** @throws EarshotError `usage` for one without the other, `certificate_invalid`; by rejection */
export async function certificateOf({ tlsCert: cert, tlsKey: key }: WebFlags, log: Log) {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new EarshotError('usage', 'TLS needs a certificate and its key', 'Give both --tls-cert and --tls-key.');
  }
  return await openCertificate({ cert, key }, systemClock, log);
}

export function webSettingsOf({ publicUrl, allowOrigin }: WebFlags): Omit<WebSettings, 'state'> {
  return { ...(publicUrl !== undefined && { publicUrl: new URL(publicUrl) }), allowedOrigins: allowOrigin };
}

/** `https://earshot.example`: without a path, because pages and devices have theirs. */
export function origin(value: string): string {
  try {
    return parseOrigin(value);
  } catch (error) {
    throw error instanceof EarshotError ? new InvalidArgumentError(describeError(error)) : error;
  }
}

/** One origin, or several separated by commas: an environment variable holds them all. */
function collect(value: string, before: string[]): string[] {
  return [...before, ...value.split(',').map((each) => origin(each.trim()))];
}
