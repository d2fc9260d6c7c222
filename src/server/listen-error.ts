/**
 * Why a server cannot listen, and what to do.
 */
import { EarshotError, systemCode } from '../core/errors.ts';

export function listenError(cause: Error, host: string, port: number): EarshotError {
  if (systemCode(cause) === 'EADDRINUSE') {
    const hint = 'Choose another with --port, or 0 for any.';
    return new EarshotError('port_in_use', `Port ${port} on ${host} is in use`, hint, { cause });
  }
  if (systemCode(cause) === 'EACCES') {
    const hint = 'Choose one above 1023.';
    return new EarshotError('address_unavailable', `This user may not use port ${port}`, hint, { cause });
  }
  const message = `Cannot listen on ${host}:${port}: ${cause.message}`;
  return new EarshotError('address_unavailable', message, 'Check --host.', { cause });
}
