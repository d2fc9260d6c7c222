/**
 * A gateway in a separate process, behind TLS as on the internet, and the bytes on the wire of a connection to it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { startPlainGateway } from './plain-gateway.ts';

/** IPv4 and TCP with time stamps (RFC 7323), as Linux sends them. */
const HEADER_BYTES = 20 + 32;

export interface SecureGateway {
  url: string;
  /** File of the certificate of its authority (NODE_EXTRA_CA_CERTS). */
  certificate: string;
  /** Bytes that this process has sent to it so far, with all headers, and the acknowledgements of what it received. */
  sentOnWire(pid: number): { bytes: number; segments: number; acknowledgementBytes: number };
  stop(): Promise<void>;
}

export async function startSecureGateway(folder: string, responder: string): Promise<SecureGateway> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...subject, ...made], { stdio: 'ignore' });
  const gateway = await startPlainGateway(folder, responder);
  const port = Number(new URL(gateway.url).port);
  const sockets = new Set<Socket>();
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (outside) => {
    const inside = connect({ port, host: '127.0.0.1', noDelay: true });
    outside.setNoDelay(true);
    for (const socket of [outside, inside]) {
      sockets.add(socket);
      // Either end may be killed; the other ends with it.
      socket.on('error', () => {});
      socket.on('close', () => {
        outside.destroy();
        inside.destroy();
        sockets.delete(socket);
      });
    }
    outside.pipe(inside).pipe(outside);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const securePort = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `wss://localhost:${securePort}`,
    certificate,
    sentOnWire(pid) {
      const text = execFileSync('ss', ['-tinpH', `dport = :${securePort}`], { encoding: 'utf8' });
      // Each connection is a line, followed by a line of counters.
      const lines = text.split('\n');
      const at = lines.findIndex((line) => line.includes(`pid=${pid},`));
      const figures = lines[at + 1] ?? '';
      const figure = (name: string) => Number(new RegExp(`\\b${name}:(\\d+)`).exec(figures)?.[1] ?? Number.NaN);
      const segments = figure('data_segs_out');
      const acknowledgementBytes = (figure('segs_out') - segments) * HEADER_BYTES;
      return { segments, bytes: figure('bytes_sent') + segments * HEADER_BYTES, acknowledgementBytes };
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<unknown>((resolve) => server.close(resolve));
      await gateway.stop();
    },
  };
}
