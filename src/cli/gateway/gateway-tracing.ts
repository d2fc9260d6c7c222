/** Traces of the turns at a gateway; loaded only with the option. */
import type { Log } from '../../core/log/log.ts';
import type { GatewayTracing } from '../../observability/tracing/open-tracing.ts';
import { type TracingFlags, tracingOf } from '../terminal/tracing-option.ts';

/** @throws EarshotError `usage` */
export async function gatewayTracing(options: TracingFlags, log: Log): Promise<GatewayTracing | undefined> {
  const settings = tracingOf(options, log);
  if (!settings) return undefined;
  const { openGatewayTracing } = await import('../../observability/tracing/open-tracing.ts');
  return openGatewayTracing(settings);
}
