/**
 * Requests the health of a gateway several times over one connection, and measures the time.
 *
 * By HTTP and not as a device: a second connection with the device's name would disconnect its daemon.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { parseGateway, pathOf } from '../../../actors/network/gateway-address.ts';
import { EarshotError, errorInfo, systemCode } from '../../core/errors.ts';
import type { GatewayHealth, ProbeAnswer } from './checks/system.ts';

const REQUESTS = 6;
/** Of one complete answer. */
const PATIENCE_MS = 5_000;
/** A gateway's answer has some hundred characters. */
const MAX_BODY = 64 * 1_024;

export async function askHealth(address: string): Promise<ProbeAnswer<GatewayHealth>> {
  try {
    return { ok: true, value: await measure(parseGateway(address)) };
  } catch (error) {
    return { ok: false, error: errorInfo(error) };
  }
}

async function measure(gateway: URL): Promise<GatewayHealth> {
  const isSecure = gateway.protocol === 'wss:';
  const url = pathOf(gateway, '/health');
  url.protocol = isSecure ? 'https:' : 'http:';
  const client = isSecure ? https : http;
  const agent = new client.Agent({ keepAlive: true, maxSockets: 1 });
  const roundTripsMs: number[] = [];
  let answer = await request(client, url, agent);
  // The first one includes the time to connect.
  for (let i = 1; i < REQUESTS; i++) {
    const startedMs = performance.now();
    answer = await request(client, url, agent);
    roundTripsMs.push(performance.now() - startedMs);
  }
  agent.destroy();
  const { date, version } = answer;
  return { version, roundTripsMs, ...(date === undefined ? {} : { clockOffsetMs: Date.parse(date) - Date.now() }) };
}

function request(client: typeof http | typeof https, url: URL, agent: http.Agent) {
  return new Promise<{ version: string; date: string | undefined }>((resolve, reject) => {
    const asked = client.get(url, { agent, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
        if (body.length > MAX_BODY) asked.destroy(noGateway(url, response.statusCode));
      });
      response.on('end', () => {
        const version = versionIn(body);
        if (response.statusCode === 200 && version) resolve({ version, date: response.headers.date });
        else reject(noGateway(url, response.statusCode));
      });
    });
    asked.on('error', (error) => reject(error instanceof EarshotError ? error : because(url, error)));
  });
}

function versionIn(body: string): string | undefined {
  try {
    const answer = JSON.parse(body);
    return answer?.name === 'earshot' ? String(answer.version) : undefined;
  } catch {
    // Not JSON: another server. The caller says so.
    return undefined;
  }
}

function because(url: URL, error: Error): EarshotError {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return unreachable(url, `no answer in ${PATIENCE_MS / 1_000} s`);
  }
  const code = systemCode(error) ?? '';
  if (/CERT|SELF_SIGNED|ALTNAME|TLS|SSL/.test(code)) {
    const hint =
      'Is the clock right? Otherwise the certificate of the gateway is wrong, expired or of an unknown authority.';
    return new EarshotError('gateway_refused', `The certificate of ${url.host} is rejected: ${code}`, hint);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new EarshotError(
      'gateway_unreachable',
      `the name ${url.hostname} cannot be resolved`,
      'Check the name, and DNS.',
    );
  }
  return unreachable(url, code === 'ECONNREFUSED' ? 'connection refused' : code || error.message);
}

function unreachable(url: URL, why: string): EarshotError {
  const hint = 'Check --gateway, that the gateway runs (earshot gateway), and the firewall between.';
  return new EarshotError('gateway_unreachable', `The gateway at ${url.host} cannot be reached: ${why}`, hint);
}

function noGateway(url: URL, status = 0): EarshotError {
  const hint = 'Check --gateway: another server answers there.';
  return new EarshotError('gateway_refused', `${url.host} is not an Earshot gateway (HTTP ${status})`, hint);
}
