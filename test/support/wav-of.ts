/**
 * A 16-bit WAV file of these samples, one array per channel, written without the product's own writer.
 */
export function wavOf(channels: Int16Array[], sampleRateHz = 16_000): Uint8Array {
  const frames = channels[0]?.length ?? 0;
  const frameBytes = channels.length * 2;
  const file = Buffer.alloc(44 + frames * frameBytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(sampleRateHz, 24);
  file.writeUInt32LE(sampleRateHz * frameBytes, 28);
  file.writeUInt16LE(frameBytes, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(frames * frameBytes, 40);
  for (const [channel, samples] of channels.entries()) {
    for (const [i, sample] of samples.entries()) file.writeInt16LE(sample, 44 + i * frameBytes + channel * 2);
  }
  return file;
}
