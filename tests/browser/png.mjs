// A PNG made from a function of the pixel, so that no picture needs to lie in the repository.
import { deflateSync } from "node:zlib";

export function png(width, height, colour) {
  const rows = Buffer.alloc(height * (1 + width * 3)); // each row begins with its filter type, 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(colour(x / width, y / height), y * (1 + width * 3) + 1 + x * 3);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // 8 bits a channel, RGB
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type, data) {
  const framed = Buffer.alloc(12 + data.length);
  framed.writeUInt32BE(data.length, 0);
  framed.write(type, 4, "latin1");
  data.copy(framed, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, 8 + data.length)), 8 + data.length);
  return framed;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// Three ranges of hills under an evening sky.
export function hills(x, y) {
  const ridges = [0.52 + 0.09 * Math.sin(x * 5 + 1) + 0.03 * Math.sin(x * 17), 0.66 + 0.08 * Math.sin(x * 4 + 4), 0.82 + 0.06 * Math.sin(x * 6 + 2)];
  const greens = [[122, 128, 160], [74, 98, 128], [36, 62, 84]];
  const ridge = ridges.findLastIndex((top) => y > top);
  if (ridge >= 0) return greens[ridge];
  if (Math.hypot((x - 0.68) * 1.78, y - 0.36) < 0.09) return [255, 240, 205];
  const mix = Math.min(1, y / 0.6);
  return [[88, 246], [110, 190], [168, 150]].map(([top, low]) => Math.round(top + (low - top) * mix));
}
