import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

/** Read the last `most` bytes of a text, without the rest of a character that is cut there. */
export async function endOfFile(file: string, most: number): Promise<string> {
  const { size } = await stat(file);
  const start = Math.max(size - most, 0);
  const bytes = await buffer(createReadStream(file, { start }));
  const first = start === 0 ? 0 : bytes.findIndex(isFirstOfCharacter);
  return bytes.subarray(Math.max(first, 0)).toString();
}

/** In UTF-8. */
const isFirstOfCharacter = (byte: number): boolean => (byte & 0xc0) !== 0x80;
