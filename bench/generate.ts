import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Flow-log lines in the default 14-field form, the same for the same count: about 50,000 addresses
 * with a Zipf distribution, 40 interfaces of 4 accounts, time running over four days from 2023-11-14,
 * 1 % NODATA lines. `form` is the bare line, or the JSON line that the CloudWatch Lambda sends.
 */
export function generate(path: string, lines: number, form: 'raw' | 'json'): void {
  if (existsSync(path) && statSync(path).size > 0) return;
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(`${path}.part`, 'w');
  const random = generator(20231114);
  const addresses = makeAddresses(random, 50_000);
  const pick = zipf(addresses.length, random);
  const interfaces = Array.from({ length: 40 }, (_, index) => ({
    account: `12345678901${index % 4}`,
    id: `eni-${(0x1235b8ca123456789n + BigInt(index) * 7919n).toString(16).padStart(17, '0').slice(-17)}`,
  }));
  const ports = [443, 443, 443, 80, 80, 22, 53, 53, 3389, 3306, 5432, 8080, 123, 25, 6379, 9200];
  const firstSecond = 1_699_920_000;
  const parts: string[] = [];
  let size = 0;
  for (let line = 0; line < lines; line++) {
    const at = interfaces[random() % interfaces.length]!;
    const start = firstSecond + Math.floor((line * 345_600) / lines) - (random() % 60);
    const end = start + 30 + (random() % 570);
    let text: string;
    if (random() % 100 === 0) {
      text = `2 ${at.account} ${at.id} - - - - - - - ${start} ${end} - NODATA`;
    } else {
      const protocol = random() % 10 < 8 ? 6 : random() % 10 < 9 ? 17 : 1;
      const port = random() % 4 === 0 ? 1024 + (random() % 64_000) : ports[random() % ports.length]!;
      const packets = 1 + (random() % 40);
      const bytes = packets * (40 + (random() % 1460));
      const action = random() % 100 < 12 ? 'REJECT' : 'ACCEPT';
      text = `2 ${at.account} ${at.id} ${addresses[pick()]!} ${addresses[pick()]!} ${protocol === 1 ? 0 : 1024 + (random() % 64_000)} ${protocol === 1 ? 0 : port} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} OK`;
    }
    if (form === 'json') text = `{"message":"${text}","logStream":"${at.id}-all","logGroup":"VPCFlowLogs"}`;
    parts.push(text);
    size += text.length + 1;
    if (size > 1 << 20) {
      writeSync(file, `${parts.join('\n')}\n`);
      parts.length = 0;
      size = 0;
    }
  }
  if (parts.length > 0) writeSync(file, `${parts.join('\n')}\n`);
  closeSync(file);
  renameSync(`${path}.part`, path);
}

/** How the names of files with so many lines tell it. */
export function tagOf(lines: number): string {
  return lines >= 1e6 ? `${lines / 1e6}m` : String(lines);
}

/** Marsaglia's xorshift, 32 bits, unsigned. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

function makeAddresses(random: () => number, count: number): string[] {
  const seen = new Set<string>();
  while (seen.size < count) {
    const inside = random() % 2 === 0;
    const second = inside ? random() % 8 : random() % 256;
    seen.add(`${inside ? 10 : 1 + (random() % 222)}.${second}.${random() % 256}.${random() % 256}`);
  }
  return [...seen];
}

/** Draws ranks with probability proportional to 1 / (rank + 10), by a table of 2^16 entries. */
function zipf(count: number, random: () => number): () => number {
  const table = new Uint32Array(1 << 16);
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 10));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let slot = 0;
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += weights[rank]!;
    const until = Math.round((sum / total) * table.length);
    while (slot < until) table[slot++] = rank;
  }
  // Ranks too rare for a slot of their own are drawn one time in eight.
  return () => (random() % 8 === 0 ? random() % count : table[random() & 0xffff]!);
}
