/** An element of an XML text and where it lies in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements and texts in order. */
  readonly children: readonly (XmlElement | string)[];
  readonly start: number;
  readonly end: number;
}

/** Deeper nesting counts as malformed. */
const MOST_DEPTH = 256;

const TAG =
  /<([A-Za-z_:\u0080-\uffff][^\s/>=<]*)((?:\s+[^\s=/><"']+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([^\s=/><"']+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: (XmlElement | string)[];
  readonly start: number;
}

/**
 * The root element of the XML that starts in `source`, after any other text; null when it is malformed.
 * Comments and processing instructions are skipped, and so is a document type: its entities are not
 * known, so nothing can expand. What follows the root is not looked at.
 */
export function parseXml(source: string): XmlElement | null {
  const open: Open[] = [];
  let at = source.indexOf('<');
  while (at >= 0 && at < source.length) {
    const parent = open.at(-1);
    if (source.charCodeAt(at) !== 60) {
      const next = source.indexOf('<', at);
      if (next < 0 || parent === undefined) return null;
      addText(parent.children, decodeEntities(source.slice(at, next)));
      at = next;
    } else if (source.startsWith('<![CDATA[', at)) {
      const end = source.indexOf(']]>', at);
      if (end < 0 || parent === undefined) return null;
      addText(parent.children, source.slice(at + 9, end));
      at = end + 3;
    } else if (source.startsWith('<!--', at) || source.startsWith('<?', at) || source.startsWith('<!', at)) {
      at = afterMarkup(source, at);
      if (parent === undefined) at = source.indexOf('<', at);
    } else if (source.startsWith('</', at)) {
      const end = source.indexOf('>', at);
      const element = open.pop();
      if (end < 0 || element === undefined || source.slice(at + 2, end).trimEnd() !== element.name)
        return null;
      at = end + 1;
      const closed: XmlElement = { ...element, end: at };
      if (parent === undefined || open.length === 0) return closed;
      open.at(-1)?.children.push(closed);
    } else {
      TAG.lastIndex = at;
      const tag = TAG.exec(source);
      if (tag === null || open.length >= MOST_DEPTH) return null;
      const element: Open = {
        name: tag[1] ?? '',
        attributes: attributesOf(tag[2] ?? ''),
        children: [],
        start: at,
      };
      at = TAG.lastIndex;
      if (tag[3] !== '/') open.push(element);
      else if (parent === undefined) return { ...element, end: at };
      else parent.children.push({ ...element, end: at });
    }
  }
  return null;
}

/** Where a comment, instruction or declaration that starts at `at` ends; the end of the text when it does not. */
function afterMarkup(source: string, at: number): number {
  const close = source.startsWith('<!--', at) ? '-->' : source.startsWith('<?', at) ? '?>' : null;
  if (close !== null) {
    const end = source.indexOf(close, at);
    return end < 0 ? source.length : end + close.length;
  }
  const subset = source.indexOf('[', at);
  const end = source.indexOf('>', at);
  if (subset < 0 || end < 0 || end < subset) return end < 0 ? source.length : end + 1;
  const closed = /\]\s*>/g;
  closed.lastIndex = subset;
  return closed.test(source) ? closed.lastIndex : source.length;
}

function addText(children: (XmlElement | string)[], text: string): void {
  const last = children.at(-1);
  if (typeof last === 'string') children[children.length - 1] = last + text;
  else children.push(text);
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    if (!attributes.has(name)) attributes.set(name, decodeEntities(double ?? single ?? ''));
  }
  return attributes;
}

const ENTITIES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The five entities of XML and character numbers; others stay as written. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,8}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole;
    const point = decimal !== undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
