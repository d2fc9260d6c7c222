/**
 * The gateway's option for an MQTT broker. User name and password come from the environment or a file: arguments can be read by everybody on
 * the machine.
 */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EarshotError, messageOf } from '../../core/errors.ts';
import type { MqttSettings } from '../../gateway/mqtt/bridge.ts';

export interface MqttFlags {
  mqtt?: URL;
}

export function addMqttOption(command: Command): Command {
  return command.addOption(
    new Option('--mqtt <url>', 'publish the devices to this MQTT broker, for Home Assistant: mqtt://192.168.1.3')
      .argParser(brokerUrl)
      .env('EARSHOT_MQTT'),
  );
}

/** @throws EarshotError `usage` for a file that cannot be read */
export function mqttSettingsOf({ mqtt: url }: MqttFlags, environment: NodeJS.ProcessEnv): MqttSettings | undefined {
  if (!url) return undefined;
  const { EARSHOT_MQTT_USERNAME: username, EARSHOT_MQTT_PASSWORD_FILE: file } = environment;
  return { url, username, password: file ? passwordIn(file) : environment.EARSHOT_MQTT_PASSWORD };
}

function passwordIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const message = `EARSHOT_MQTT_PASSWORD_FILE cannot be read: ${messageOf(cause)}`;
    throw new EarshotError('usage', message, 'It contains the password and nothing else.', { cause });
  }
}

function brokerUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url?.hostname || !['mqtt:', 'mqtts:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Write it like mqtt://192.168.1.3 or mqtts://broker.example:8883.');
  }
  if (url.username || url.password) {
    throw new InvalidArgumentError(
      'Give its user name and password by EARSHOT_MQTT_USERNAME and EARSHOT_MQTT_PASSWORD.',
    );
  }
  return url;
}
