import type { Command } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import { signingKeyOf } from '../../core/identity/signing-key.ts';
import { printJson, printLine } from '../terminal/output.ts';

export function defineJwks(command: Command): void {
  command
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(({ json = false }: { json?: boolean }) => {
      const gatewayKey = process.env.EARSHOT_GATEWAY_KEY;
      if (!gatewayKey) {
        throw new EarshotError('usage', 'EARSHOT_GATEWAY_KEY is not set', 'Make a key with: openssl rand -hex 32');
      }
      const { jwks, id } = signingKeyOf(gatewayKey);
      if (json) printJson({ jwks, kid: id });
      else printLine(jwks);
    });
}

const HELP = `
The key is read from EARSHOT_GATEWAY_KEY. The output does not contain it: with the output a deployment verifies tokens, but cannot make them.
  npx convex env set EARSHOT_JWKS "$(earshot cloud jwks)"`;
