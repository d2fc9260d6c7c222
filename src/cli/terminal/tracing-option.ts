/**
 * The option for traces. Keys of a collector come from the environment, as OpenTelemetry names it.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import type { TracingOptions } from '../../observability/tracing/open-tracing.ts';

export interface TracingFlags {
  otlp?: URL;
}

export function addTracingOption(command: Command): Command {
  return command.addOption(
    new Option('--otlp <url>', 'send traces of turns to this collector of OpenTelemetry: http://127.0.0.1:4318')
      .argParser(collectorUrl)
      .env('OTEL_EXPORTER_OTLP_ENDPOINT'),
  );
}

/** Undefined without the option. @throws EarshotError `usage` */
export function tracingOf({ otlp: endpoint }: TracingFlags, log: Log): TracingOptions | undefined {
  if (!endpoint) return undefined;
  return { endpoint, headers: headersOf(process.env.OTEL_EXPORTER_OTLP_HEADERS ?? ''), clock: systemClock, log };
}

/** OpenTelemetry's variable may be set and empty. */
function collectorUrl(value: string): URL | undefined {
  if (value === '') return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('Write it like http://127.0.0.1:4318; traces are sent to /v1/traces below it.');
  }
  if (url.username || url.password) {
    throw new InvalidArgumentError('Give its key by OTEL_EXPORTER_OTLP_HEADERS: authorization=Bearer%20KEY.');
  }
  return url;
}

/** `name=value,name=value`, percent-encoded (OpenTelemetry specification, "OTLP Exporter Configuration"). */
function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  try {
    return Object.fromEntries(
      pairs.map((pair) => {
        const [, name = '', value = ''] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
        if (name === '') throw new URIError();
        return [name, decodeURIComponent(value)];
      }),
    );
  } catch {
    // Not shown: it has keys.
    const hint = 'Write it like authorization=Bearer%20KEY, with commas between several.';
    throw new EarshotError('usage', 'OTEL_EXPORTER_OTLP_HEADERS cannot be read', hint);
  }
}
