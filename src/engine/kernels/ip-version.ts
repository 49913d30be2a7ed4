const PART = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `${PART}(?:\\.${PART}){3}`;
const GROUP = '[\\da-fA-F]{1,4}';

/** Eight groups, or fewer with `::` for those left out; the last two may be written as an IPv4 address. */
const IPV6 = [
  `(?:${GROUP}:){7}(?:${GROUP}|:)`,
  `(?:${GROUP}:){6}(?:${IPV4}|:${GROUP}|:)`,
  ...[5, 4, 3, 2, 1].map(
    (before) =>
      `(?:${GROUP}:){${before}}(?:(?::${GROUP}){0,${5 - before}}:${IPV4}|(?::${GROUP}){1,${7 - before}}|:)`,
  ),
  `:(?:(?::${GROUP}){0,5}:${IPV4}|(?::${GROUP}){1,7}|:)`,
].join('|');

const IS_IPV4 = new RegExp(`^${IPV4}$`);
const IS_IPV6 = new RegExp(`^(?:${IPV6})$`);

/** 4 or 6 for the text of an IP address without a zone, else 0. As `isIP` of Node, whose part takes milliseconds to load. */
export function ipVersion(text: string): 0 | 4 | 6 {
  if (IS_IPV4.test(text)) return 4;
  return IS_IPV6.test(text) ? 6 : 0;
}
