/**
 * A collector of OTLP over HTTP with JSON, which reads what comes as the specification says, and refuses everything else.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';
import { once } from '../support/in-time.ts';

const id = (bytes: number) =>
  v.pipe(
    v.string(),
    v.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)),
    v.check((hex) => !/^0+$/.test(hex)),
  );
const attribute = v.strictObject({
  key: v.string(),
  value: v.union([
    v.strictObject({ stringValue: v.string() }),
    v.strictObject({ boolValue: v.boolean() }),
    v.strictObject({ doubleValue: v.number() }),
  ]),
});
const nano = v.pipe(v.string(), v.regex(/^\d{19}$/));
const span = v.strictObject({
  traceId: id(16),
  spanId: id(8),
  parentSpanId: v.optional(id(8)),
  links: v.optional(v.array(v.strictObject({ traceId: id(16), spanId: id(8) }))),
  name: v.string(),
  kind: v.picklist([1, 2, 3]),
  startTimeUnixNano: nano,
  endTimeUnixNano: nano,
  attributes: v.array(attribute),
  status: v.optional(v.strictObject({ code: v.literal(2), message: v.string() })),
});
const scope = v.strictObject({ name: v.string(), version: v.string() });
const request = v.strictObject({
  resourceSpans: v.array(
    v.strictObject({
      resource: v.strictObject({ attributes: v.array(attribute) }),
      scopeSpans: v.array(v.strictObject({ scope, spans: v.array(span) })),
    }),
  ),
});

export type ReceivedSpan = v.InferOutput<typeof span> & { service: string };

export async function startCollector() {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const faults: unknown[] = [];
  let status = 200;
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const part of incoming) body += part;
    bodies.push(body);
    try {
      assert.equal(`${incoming.method} ${incoming.url}`, 'POST /v1/traces');
      assert.equal(incoming.headers['content-type'], 'application/json');
      for (const { resource, scopeSpans } of v.parse(request, JSON.parse(body)).resourceSpans) {
        const named = resource.attributes.find(({ key }) => key === 'service.name')?.value;
        const service = named && 'stringValue' in named ? named.stringValue : '';
        spans.push(...scopeSpans.flatMap((each) => each.spans.map((received) => ({ ...received, service }))));
      }
    } catch (error) {
      faults.push(error);
    }
    response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, bodies, faults },
    answer: (code: number) => {
      status = code;
    },
    close: () => once(server.close(), 'close'),
  };
}
